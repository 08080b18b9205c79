namespace VisualChat.Pipeline.Cache;

/// <summary>One thing that the cache keeps.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">Its file's or folder's name.</param>
/// <param name="Bytes">The bytes of its files.</param>
/// <param name="LastUsed">When a command used it last; of what is unfinished: changed.</param>
/// <param name="Path">Where it is.</param>
internal sealed record CacheEntry(CacheKind Kind, string Name, long Bytes, DateTime LastUsed, string Path);
