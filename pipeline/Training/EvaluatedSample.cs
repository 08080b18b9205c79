namespace VisualChat.Pipeline.Training;

/// <summary>One sample's loss.</summary>
/// <param name="LossSum">Cross entropy summed over its labels, in nats.</param>
/// <param name="Labels">Its labelled tokens.</param>
/// <param name="Right">How many of them are the model's likeliest token.</param>
internal sealed record EvaluatedSample(string Id, double LossSum, int Labels, int Right);
