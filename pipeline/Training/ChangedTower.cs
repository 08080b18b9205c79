namespace VisualChat.Pipeline.Training;

/// <summary>A file that a model is built on, and that is not what it was trained with.</summary>
/// <param name="Key">The recipe's key that names its folder: <c>model.vision</c>.</param>
/// <param name="Problem">What is wrong, with the file's path.</param>
internal sealed record ChangedTower(string Key, string Problem);
