namespace VisualChat.Model;

/// <summary>One sample's loss.</summary>
/// <param name="Sum">The sum of its labelled tokens' cross entropy in nats.</param>
/// <param name="LabelTokens">How many labelled tokens it has; without any, the sum is 0.</param>
/// <param name="RightTokens">
/// How many of them are the model's likeliest token, given those before them.
/// </param>
public sealed record SampleLoss(double Sum, int LabelTokens, int RightTokens);
