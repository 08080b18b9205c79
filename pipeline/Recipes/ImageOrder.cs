namespace VisualChat.Pipeline.Recipes;

/// <summary>Which image of a conversation is shown where.</summary>
internal enum ImageOrder
{
    /// <summary>The first image where the first one is mentioned, and so on.</summary>
    Reading,

    /// <summary>
    /// The last image where the first one is mentioned, and so on: image k of N is in slot
    /// N + 1 - k. The code of the released system puts them so, and its weights are used to it.
    /// </summary>
    Reversed,
}
