namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>What the records of an annotation file lie in.</summary>
internal enum RecordContainer
{
    /// <summary>A JSON array.</summary>
    Array,

    /// <summary>A JSON object; each key names its record.</summary>
    Map,

    /// <summary>JSON Lines: one record a line.</summary>
    Lines,
}
