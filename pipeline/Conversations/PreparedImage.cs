using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Conversations;

/// <summary>An image as a shard will hold it, or why it cannot be held.</summary>
/// <param name="Bytes">
/// The stored bytes, to be released when the sample is written; null if rejected.
/// </param>
/// <param name="Rejection">Why not; null if it can be.</param>
internal readonly record struct PreparedImage(PooledBytes? Bytes, RecordRejectedException? Rejection);
