namespace VisualChat.Pipeline.SampleWorld;

/// <summary>One image of a Sparkles dialogue.</summary>
/// <param name="Id">Its number, and its file's name.</param>
/// <param name="Scene">What it shows.</param>
internal sealed record SparklesImage(long Id, Scene Scene);
