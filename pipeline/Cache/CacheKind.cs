using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Cache;

/// <summary>What the cache keeps. The names are those of the command line and of JSON.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CacheKind>))]
internal enum CacheKind
{
    /// <summary>A sample world: a folder.</summary>
    [JsonStringEnumMemberName("world")]
    World,

    /// <summary>The index of a dataset's file.</summary>
    [JsonStringEnumMemberName("index")]
    Index,

    /// <summary>The checksums of files that were read to be checked.</summary>
    [JsonStringEnumMemberName("checksums")]
    Checksums,

    /// <summary>A native library that an earlier version made.</summary>
    [JsonStringEnumMemberName("native")]
    Native,

    /// <summary>What a process is making, or was making when it was killed.</summary>
    [JsonStringEnumMemberName("unfinished")]
    Unfinished,
}
