namespace VisualChat.Pipeline.SampleWorld;

/// <summary>One question and its answer.</summary>
internal sealed record Round(string Question, string Answer);
