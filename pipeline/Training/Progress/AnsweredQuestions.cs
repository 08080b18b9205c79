namespace VisualChat.Pipeline.Training.Progress;

/// <summary>How a model that is being trained answers questions.</summary>
/// <param name="Asked">Questions that it was asked.</param>
/// <param name="Right">How many of them it answered right.</param>
internal sealed record AnsweredQuestions(int Asked, int Right);
