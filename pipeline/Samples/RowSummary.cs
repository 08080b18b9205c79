namespace VisualChat.Pipeline.Samples;

/// <summary>A row without its images, text and ids: cheap to read from many shards.</summary>
/// <param name="Id">The sample's id.</param>
/// <param name="Dataset">The recipe's entry that made it.</param>
/// <param name="Sources">The datasets its rounds came from, in order of first appearance.</param>
/// <param name="RoundSources">The dataset of each round, in order.</param>
/// <param name="RoundImages">How many images each round shows, in order.</param>
/// <param name="TextTokens">Ids without the image ids.</param>
/// <param name="SequenceTokens">Positions in the model.</param>
internal sealed record RowSummary(
    string Id,
    string Dataset,
    IReadOnlyList<string> Sources,
    IReadOnlyList<string> RoundSources,
    IReadOnlyList<int> RoundImages,
    int TextTokens,
    int SequenceTokens,
    int ImageCount);
