namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>A record of one file that cannot be used, whatever the images.</summary>
/// <param name="Ordinal">Its number in the file.</param>
/// <param name="Id">Its id, if it has one and it could be read.</param>
/// <param name="Reason">Why.</param>
/// <param name="Detail">What exactly.</param>
internal sealed record FileReject(int Ordinal, string? Id, RejectReason Reason, string Detail);
