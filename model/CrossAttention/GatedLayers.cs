using System.Globalization;
using VisualChat.Model.Attention;
using VisualChat.Model.Errors;
using VisualChat.Model.Parameters;

namespace VisualChat.Model.CrossAttention;

/// <summary>
/// The gated layers between a decoder's own, by OpenFlamingo's names:
/// <c>gated_cross_attn_layers.L.*</c> stands before the decoder's layer L.
/// </summary>
internal sealed class GatedLayers
{
    private const string Prefix = "gated_cross_attn_layers.";

    private readonly Dictionary<int, GatedLayer> _layers;
    private readonly int _tokensOfImage;
    private readonly SeenImages _images;

    /// <param name="parameters">Has their tensors.</param>
    /// <param name="layers">The decoder's layers that they stand before.</param>
    /// <param name="tokensOfImage">Visual tokens of an image.</param>
    /// <param name="images">Which images a row looks at.</param>
    public GatedLayers(ParameterSet parameters, IEnumerable<int> layers, int tokensOfImage, SeenImages images)
    {
        _layers = layers.ToDictionary(layer => layer, layer => GatedLayer.Of(parameters, NameOf(layer)));
        _tokensOfImage = tokensOfImage;
        _images = images;
    }

    /// <summary>The decoder's layers that they stand before.</summary>
    public IReadOnlyCollection<int> Indexes => _layers.Keys;

    /// <summary>Their tensors; none where the attention has no such layers.</summary>
    /// <exception cref="ModelException">The decoder has too few layers for one of them.</exception>
    public static ParameterSource Source(ModelDescription description)
    {
        int[] layers = [.. LayersOf(description)];
        CrossAttentionConfig config = description.CrossAttention;
        if (description.IsCrossAttended && layers.Length == 0)
        {
            throw new ModelException(
                $"A gated layer stands before every {config.Every} layers, and the decoder has "
                + $"{description.Language.Layers}, so that none would look at an image: take a smaller number.");
        }

        return new ParameterSource
        {
            Specs = [.. Specs(layers, description.Language.HiddenSize, MediaWidthOf(description))],
            Mismatch = names => Mismatch(description, layers, names),
        };
    }

    /// <summary>Their tensors.</summary>
    /// <param name="layers">The decoder's layers that they stand before.</param>
    /// <param name="width">The decoder's width.</param>
    /// <param name="mediaWidth">Width of the visual tokens.</param>
    public static IEnumerable<ParameterSpec> Specs(IEnumerable<int> layers, long width, long mediaWidth) =>
        layers.SelectMany(layer => GatedLayer.Specs(NameOf(layer), width, mediaWidth));

    /// <summary>The layers over loaded tensors; null where the attention has none.</summary>
    public static GatedLayers? Of(ModelDescription description, ParameterSet parameters) =>
        description.IsCrossAttended
            ? new GatedLayers(
                parameters, LayersOf(description), description.VisualTokens, description.CrossAttention.Images)
            : null;

    /// <summary>The layer before one of the decoder's; null: there is none.</summary>
    public GatedLayer? Before(int layer) => _layers.GetValueOrDefault(layer);

    /// <summary>The pass of one row that continues.</summary>
    /// <param name="cachedRows">Visual tokens before it.</param>
    public MediaPass OneRow(long cachedRows) => MediaPass.OfOneRow(_tokensOfImage, _images, cachedRows);

    private static string NameOf(int layer) => $"{Prefix}{layer}";

    private static IEnumerable<int> LayersOf(ModelDescription description) =>
        description.IsCrossAttended ? description.CrossAttention.LayersOf(description.Language.Layers) : [];

    // The resampler keeps the tower's width, the projection makes the decoder's.
    private static long MediaWidthOf(ModelDescription description) =>
        description.IsResampled ? description.Vision.FeatureSize : description.Language.HiddenSize;

    private static string? Mismatch(ModelDescription description, int[] layers, IEnumerable<string> names)
    {
        int[] found =
        [
            .. names.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(name => name[Prefix.Length..].Split('.')[0])
                .Select(layer => int.TryParse(layer, NumberStyles.None, null, out int number) ? number : -1)
                .Distinct()
                .Order(),
        ];
        if (found.Length == 0 || found.SequenceEqual(layers))
            return null;
        return layers.Length == 0
            ? $"holds the gated layers of the attention '{AttentionMode.CraCa.Name()}', and this model's attention is "
                + $"'{description.Attention.Name()}'"
            : $"holds gated layers before the decoder's layers {Listed(found)}, and this model's stand before "
                + Listed(layers);

        static string Listed(int[] layers) => string.Join(", ", layers);
    }
}
