namespace VisualChat.Model;

/// <summary>One sample's loss.</summary>
/// <param name="Sum">
/// The sum of its labelled tokens' cross entropy in nats, or of its hidden blocks' mean square
/// errors.
/// </param>
/// <param name="LabelTokens">
/// How many labelled tokens or hidden blocks it has; without any, the sum is 0.
/// </param>
/// <param name="RightTokens">
/// How many of its tokens are the model's likeliest one, given those before them; 0 of blocks.
/// </param>
public sealed record SampleLoss(double Sum, int LabelTokens, int RightTokens);
