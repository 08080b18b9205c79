namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>How far long work is.</summary>
/// <param name="Remark">What a person reads beside the bar.</param>
internal readonly record struct WorkProgress(long Done, long Total, string Remark);
