namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>Who says a message.</summary>
internal enum Speaker
{
    /// <summary>Someone the format does not know.</summary>
    Other,

    /// <summary>The one who asks.</summary>
    User,

    /// <summary>The one who answers.</summary>
    Assistant,

    /// <summary>Gives the assistant its instructions.</summary>
    System,
}
