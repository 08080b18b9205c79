using System.Security.Cryptography;
using System.Text.Json;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// One number for all of a recipe that decides the bytes of its shards. Shards of another fingerprint are never continued. What only
/// training reads is left out, so one set of shards serves many trainings; so are the recipe's name and every path of the machine.
/// </summary>
public static class RecipeFingerprint
{
    /// <summary>Raise when a key changes its meaning, so that shards made before are not taken for equal.</summary>
    private const int Version = 1;

    /// <summary>SHA-256, in lower-case hexadecimal, of the settings in a fixed order.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="tokenizerFingerprint">The tokenizer's content: where its file lies does not matter.</param>
    public static string Of(Recipe recipe, string tokenizerFingerprint)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteNumber("seed", recipe.Seed);
            json.WriteString("tokenizer", tokenizerFingerprint);
            json.WriteString("system", recipe.Template.System);
            json.WriteNumber("target_mb", recipe.Shards.TargetMb);
            WriteImages(json, recipe.Images);
            WriteData(json, recipe.Data);
            json.WriteEndObject();
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
    }

    private static void WriteImages(Utf8JsonWriter json, ImageSettings images)
    {
        json.WriteString("store", images.Store.ToString());
        json.WriteNumber("tokens", images.VisualTokens);
        if (images.Store == ImageStore.Original)
            return; // The source's bytes are kept: neither size nor encoding touches them.
        json.WriteNumber("size", images.Size);
        json.WriteString("encoding", images.Encoding.ToString());
    }

    private static void WriteData(Utf8JsonWriter json, DataSettings data)
    {
        json.WriteNumber("max_images", data.MaxImages);
        json.WriteNumber("max_sequence_tokens", data.MaxSequenceTokens);
        json.WriteNumber("max_turn_tokens", data.MaxTurnTokens ?? 0);
        json.WriteNumber("fraction", data.Validation.Fraction);
        json.WriteString("by", data.Validation.By.ToString());
        json.WriteString("missing_images", data.MissingImages.ToString());
        if (data.SampleWorld is SampleWorldSettings world)
        {
            json.WriteNumber("world_samples", world.Samples);
            json.WriteNumber("world_seed", world.Seed);
            if (world.Objects != new SampleWorldSettings().Objects)
                json.WriteNumber("world_objects", world.Objects);
            if (world.Descriptions != new SampleWorldSettings().Descriptions)
                json.WriteNumber("world_descriptions", world.Descriptions);
            if (world.Brief != new SampleWorldSettings().Brief)
                json.WriteNumber("world_brief", world.Brief);
        }

        json.WriteStartArray("sources");
        foreach (SourceSettings source in data.Sources)
        {
            json.WriteStartObject();
            json.WriteString("name", source.Name);
            json.WriteString("format", source.Format);
            json.WriteStartArray("annotations");
            foreach (string file in source.Annotations)
                json.WriteStringValue(file);
            json.WriteEndArray();
            json.WriteString("images", source.Images);
            json.WriteNumber("samples", source.Samples ?? 0);
            json.WriteNumber("concatenate", source.Concatenate);
            json.WriteBoolean("follow_up", source.FollowUp);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
