using System.Text.Json;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// One number for all of a recipe that decides the bytes of its shards. Shards with another
/// fingerprint are never continued. What only training reads is left out, so one set of shards
/// serves many trainings; so are the recipe's name and every path of the machine.
/// </summary>
internal static class RecipeFingerprint
{
    /// <summary>
    /// Raise it when a key's meaning changes: shards made before are then not taken for equal.
    /// </summary>
    private const int Version = 1;

    /// <summary>
    /// SHA-256, in lower-case hexadecimal, of the keys with a <see cref="FingerprintAttribute"/>.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="tokenizerFingerprint">
    /// The tokenizer's content: where its file lies does not matter.
    /// </param>
    public static string Of(Recipe recipe, string tokenizerFingerprint)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            WriteKeys(json, recipe, tokenizerFingerprint);
            json.WriteEndObject();
        }

        return Sha256.Of(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static void WriteKeys(Utf8JsonWriter json, object record, string tokenizerFingerprint)
    {
        foreach ((RecipeKey key, object section) in HashedKeys(record).OrderBy(hashed => hashed.Key.Fingerprint!.Place))
        {
            json.WritePropertyName(key.Fingerprint!.Name ?? key.Name);
            WriteValue(json, key, key.Get(section), tokenizerFingerprint);
        }
    }

    private static IEnumerable<(RecipeKey Key, object Section)> HashedKeys(object record)
    {
        foreach (RecipeKey key in MapForm.Of(record.GetType()).Keys)
        {
            if (key.IsHashed(record))
                yield return (key, record);
            else if (key.Form is MapForm && key.Get(record) is { } section)
            {
                foreach ((RecipeKey, object) inner in HashedKeys(section))
                    yield return inner;
            }
        }
    }

    private static void WriteValue(Utf8JsonWriter json, RecipeKey key, object? value, string tokenizerFingerprint)
    {
        switch (value)
        {
            case RecipePath:
                json.WriteStringValue(tokenizerFingerprint);
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case Enum choice:
                json.WriteStringValue(
                    key.Fingerprint!.AsWritten ? (string?)key.Form.Write(choice) : choice.ToString());
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case int or long:
                json.WriteNumberValue(Convert.ToInt64(value));
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case AllOrCount samples:
                json.WriteNumberValue(samples.Count ?? 0);
                break;
            case IReadOnlyList<string> files:
                json.WriteStartArray();
                foreach (string file in files)
                    json.WriteStringValue(file);
                json.WriteEndArray();
                break;
            case IReadOnlyList<EntrySettings> entries:
                json.WriteStartArray();
                foreach (EntrySettings entry in entries)
                {
                    json.WriteStartObject();
                    WriteKeys(json, entry, tokenizerFingerprint);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                break;
            case null when key.IsNumber:
                json.WriteNumberValue(0);
                break;
            case null:
                json.WriteNullValue();
                break;
            default:
                throw new NotSupportedException($"{key.Name}: a {value.GetType()} has no fingerprint.");
        }
    }
}
