using System.Globalization;
using VisualChat.Model.Attention;
using VisualChat.Model.Errors;
using VisualChat.Model.Parameters;
using VisualChat.Model.Projection;

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
        IReadOnlyList<int> layers = description.GatedLayers;
        if (description.IsCrossAttended && layers.Count == 0)
        {
            throw new ModelException(
                $"A gated layer stands before every {description.CrossAttention.Every} layers, and the decoder has "
                + $"{description.Decoder.Layers}, so that none would look at an image: take a smaller number.");
        }

        return new ParameterSource
        {
            Specs = [.. Specs(layers, description.Decoder.Width, description.MediaWidth)],
            Mismatch = names => Mismatch(description, layers, [.. names]),
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
                parameters, description.GatedLayers, description.VisualTokens, description.CrossAttention.Images)
            : null;

    /// <summary>Numbers of a batch's visual tokens, which all layers look at.</summary>
    /// <param name="description">The model.</param>
    /// <param name="images">Images of the batch.</param>
    public static long MediaNumbers(ModelDescription description, long images) =>
        description.IsCrossAttended ? images * description.VisualTokens * description.MediaWidth : 0;

    /// <summary>Numbers that a layer keeps for a backward pass, about.</summary>
    /// <param name="description">The model.</param>
    /// <param name="rows">The decoder's rows.</param>
    /// <param name="paddedRows">The same, padded where attention is.</param>
    /// <param name="images">Images of the batch.</param>
    public static long NumbersKept(ModelDescription description, long rows, long paddedRows, long images)
    {
        // Both norms' inputs and results, what is added, and inside the feed-forward part the
        // GELU's input and result.
        long ofRows = rows * (6 + (2 * FeedForward.Factor)) * description.Decoder.Width;

        // Queries and the attention's result, twice; keys and values.
        long media = images * description.VisualTokens;
        return ofRows + (((3 * paddedRows) + (2 * media)) * CrossMaps.Width);
    }

    /// <summary>
    /// The most numbers that a layer has at once, about: inside its feed-forward part.
    /// </summary>
    /// <param name="description">The model.</param>
    /// <param name="rows">The decoder's rows.</param>
    public static long NumbersInPass(ModelDescription description, long rows) => description.IsCrossAttended
        ? rows * (3 + (2 * FeedForward.Factor)) * description.Decoder.Width
        : 0;

    /// <summary>The layer before one of the decoder's; null: there is none.</summary>
    public GatedLayer? Before(int layer) => _layers.GetValueOrDefault(layer);

    /// <summary>The pass of one row that continues.</summary>
    /// <param name="cachedRows">Visual tokens before it.</param>
    public MediaPass OneRow(long cachedRows) => MediaPass.OfOneRow(_tokensOfImage, _images, cachedRows);

    private static string NameOf(int layer) => $"{Prefix}{layer}";

    private static string? Mismatch(
        ModelDescription description, IReadOnlyList<int> layers, IReadOnlyCollection<string> names)
    {
        if (!description.IsResampled && names.Contains(LatentResampler.LatentsName))
        {
            return $"holds the resampler '{MediaResampler.Perceiver.Name()}' in the projection's place, and this model "
                + $"has the projection '{description.Projection.Name()}'";
        }

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
        return layers.Count == 0
            ? $"holds the gated layers of the attention '{AttentionMode.CraCa.Name()}', and this model's attention is "
                + $"'{description.Attention.Name()}'"
            : $"holds gated layers before the decoder's layers {Listed(found)}, and this model's stand before "
                + Listed(layers);

        static string Listed(IEnumerable<int> layers) => string.Join(", ", layers);
    }
}
