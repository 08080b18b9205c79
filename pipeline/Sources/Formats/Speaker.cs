namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>Who says a turn.</summary>
internal enum Speaker
{
    /// <summary>Someone the format does not know.</summary>
    Other,

    /// <summary>The one who asks.</summary>
    User,

    /// <summary>The one who answers.</summary>
    Assistant,

    /// <summary>Instructions to the assistant.</summary>
    System,
}
