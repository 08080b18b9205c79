using VisualChat.Pipeline.Blending.Preparing;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// The work of a blend's stages on a batch of samples: composed, prepared, rendered. Each method is
/// one stage, is called by several threads at once, and depends on nothing but its input.
/// </summary>
internal sealed class SampleStages(RecipeBlend blend, PreparedImages images)
{
    private readonly ConversationComposer _composer = new(blend.Catalog, blend.Plan, blend.Recipe);
    private readonly SampleRenderer _renderer = new(
        blend.Catalog,
        blend.Plan,
        blend.Recipe,
        new RoundEncoder(blend.Tokenizer, blend.Recipe.Data.MaxTurnTokens),
        blend.Recipe.Images.VisualTokens);

    /// <summary>
    /// Reads the records' text, and starts to read the images that were prepared before.
    /// </summary>
    /// <param name="samples">Rows of the plan's <see cref="SampleTable"/>.</param>
    public ComposedSample[] Compose(int[] samples) => Array.ConvertAll(samples, sample =>
    {
        FetchedImage[] fetched =
        [
            .. SampleImages.NamedBy(blend.Plan.Samples.PartsOf(sample), blend.Catalog)
                .Select(image => new FetchedImage(image, images.Fetch(image))),
        ];
        return new ComposedSample(sample, _composer.Compose(sample), fetched);
    });

    /// <summary>Decodes, resizes and encodes the images that were not prepared before.</summary>
    /// <exception cref="WorkException">
    /// A record shows other images than when it was indexed.
    /// </exception>
    /// <exception cref="IOException">The storage failed.</exception>
    public PreparedSample[] PrepareImages(ComposedSample[] samples) => Array.ConvertAll(samples, composed =>
    {
        Dictionary<int, PreparedImage> prepared = [];
        foreach ((int image, Task<PooledBytes>? fetched) in composed.Fetched)
            prepared.Add(image, images.Take(image, fetched));
        RefuseOtherImages(composed, prepared);
        return new PreparedSample(composed.Sample, composed.Parts, prepared);
    });

    /// <summary>Makes the rows: template, ids, labels and limits.</summary>
    public RenderedSample[] Render(PreparedSample[] samples) =>
        Array.ConvertAll(samples, ready => _renderer.Render(ready.Sample, ready.Parts, ready.Images));

    private void RefuseOtherImages(ComposedSample composed, Dictionary<int, PreparedImage> prepared)
    {
        IEnumerable<int> shown = composed.Parts.SelectMany(part => part.Rounds).SelectMany(round => round.Images);
        foreach (int image in shown.Where(image => !prepared.ContainsKey(image)))
        {
            throw new WorkException(
                $"Sample {composed.Sample} shows '{blend.Catalog.Images.PathOf(image)}', which its record did not show "
                + "when it was indexed. The annotation files changed while they were read; run again.");
        }
    }
}
