namespace VisualChat.Pipeline.Sources;

/// <summary>A record, or an image it shows, cannot be used. Caught where records are counted; never reaches a user as an error.</summary>
public sealed class RecordRejectedException(RejectReason reason, string detail) : Exception($"{reason.ToName()}: {detail}")
{
    /// <summary>Why.</summary>
    public RejectReason Reason { get; } = reason;

    /// <summary>What exactly.</summary>
    public string Detail { get; } = detail;
}
