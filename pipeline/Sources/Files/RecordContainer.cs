namespace VisualChat.Pipeline.Sources.Files;

/// <summary>What an annotation file's records lie in.</summary>
internal enum RecordContainer
{
    /// <summary>A JSON array.</summary>
    Array,

    /// <summary>A JSON object; each key names its record.</summary>
    Map,

    /// <summary>JSON Lines: one record a line.</summary>
    Lines,
}
