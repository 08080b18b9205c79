namespace VisualChat.Pipeline.SampleWorld;

/// <summary>What <see cref="WorldWriter.Write"/> wrote.</summary>
/// <param name="Directory">The folder, as a full path.</param>
/// <param name="Seed">The seed it is a function of.</param>
/// <param name="Samples">Records over all files.</param>
/// <param name="Records">Records of each dataset, by the name a recipe has for it.</param>
/// <param name="Images">Images written for training.</param>
/// <param name="HeldOutQuestions">Rounds in <c>heldout/questions.json</c>.</param>
/// <param name="HeldOutImages">Images in <c>heldout/images</c>.</param>
internal sealed record WorldSummary(
    string Directory,
    long Seed,
    int Samples,
    IReadOnlyDictionary<string, int> Records,
    int Images,
    int HeldOutQuestions,
    int HeldOutImages);
