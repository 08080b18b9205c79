namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>What the records of an annotation file lie in.</summary>
internal enum RecordContainer
{
    /// <summary>
    /// A JSON array, JSON Lines, or JSON objects one after another: the file's first bytes tell.
    /// </summary>
    List,

    /// <summary>A JSON array under a key of the root.</summary>
    Array,

    /// <summary>A JSON object; each key names its record.</summary>
    Map,
}
