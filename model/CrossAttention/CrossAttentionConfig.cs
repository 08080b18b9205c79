using System.Text.Json;

namespace VisualChat.Model.CrossAttention;

/// <summary>Where gated layers stand, and what they look at.</summary>
public sealed record CrossAttentionConfig
{
    /// <summary>As in Otter and OpenFlamingo-9B.</summary>
    public const int DefaultEvery = 4;

    /// <summary>Flamingo's.</summary>
    public const int DefaultLatents = 64;

    /// <summary>Flamingo's.</summary>
    public const int DefaultDepth = 6;

    /// <summary>
    /// A gated layer stands before each decoder layer whose number, counted from 1, is a multiple
    /// of this.
    /// </summary>
    public int Every { get; init; } = DefaultEvery;

    /// <summary>What makes the visual tokens.</summary>
    public MediaResampler Resampler { get; init; }

    /// <summary>Visual tokens of an image, if a resampler makes them.</summary>
    public int Latents { get; init; } = DefaultLatents;

    /// <summary>Layers of the resampler.</summary>
    public int Depth { get; init; } = DefaultDepth;

    /// <summary>Which images a position looks at.</summary>
    public SeenImages Images { get; init; }

    /// <summary>Whether a resampler takes the projection's place.</summary>
    internal bool IsResampled => Resampler == MediaResampler.Perceiver;

    /// <summary>The decoder layers, counted from 0, that have a gated layer before them.</summary>
    internal IEnumerable<int> LayersOf(int decoderLayers) =>
        Enumerable.Range(0, decoderLayers).Where(layer => (layer + 1) % Every == 0);

    /// <summary>Writes it into a model's <c>config.json</c>.</summary>
    internal void WriteTo(Utf8JsonWriter json)
    {
        json.WriteNumber("every", Every);
        json.WriteString("resampler", Resampler.Name());
        if (IsResampled)
        {
            json.WriteNumber("latents", Latents);
            json.WriteNumber("depth", Depth);
        }

        json.WriteString("images", Images == SeenImages.All ? "all" : "immediate");
    }
}
