namespace VisualChat.Pipeline.SampleWorld;

/// <summary>One question and its answer.</summary>
public sealed record Round(string Question, string Answer);
