namespace VisualChat.Pipeline.Samples;

/// <summary>
/// What a row says without its images, text and ids: cheap to read from many shards.
/// </summary>
/// <param name="Id">The sample's id.</param>
/// <param name="Dataset">The recipe's entry that made it.</param>
/// <param name="Sources">The sets its rounds came from, in order of first appearance.</param>
/// <param name="RoundSources">The set of each round, in order.</param>
/// <param name="RoundImages">How many images each round shows, in order.</param>
/// <param name="TextTokens">Ids without the image ids.</param>
/// <param name="SequenceTokens">Positions in the model.</param>
/// <param name="ImageCount">Number of images.</param>
internal sealed record RowSummary(
    string Id,
    string Dataset,
    IReadOnlyList<string> Sources,
    IReadOnlyList<string> RoundSources,
    IReadOnlyList<int> RoundImages,
    int TextTokens,
    int SequenceTokens,
    int ImageCount);
