namespace VisualChat.Pipeline.Samples;

/// <summary>The part of a row that is needed for training.</summary>
/// <param name="Id">The sample's id.</param>
/// <param name="Images">Its images, in the order shown.</param>
/// <param name="InputIds">Token ids; one <c>&lt;image&gt;</c> id stands for each image.</param>
/// <param name="Labels">-100 where nothing is learned, otherwise the id itself.</param>
/// <param name="SequenceTokens">
/// Positions in the model: text tokens and every image's visual tokens.
/// </param>
internal sealed record TrainingRow(
    string Id,
    IReadOnlyList<RowImage> Images,
    int[] InputIds,
    int[] Labels,
    int SequenceTokens);
