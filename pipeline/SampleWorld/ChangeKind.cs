namespace VisualChat.Pipeline.SampleWorld;

/// <summary>What may happen to one object between two pictures.</summary>
internal enum ChangeKind
{
    /// <summary>It has another color.</summary>
    Recolored,

    /// <summary>It has the other size.</summary>
    Resized,

    /// <summary>It is in another place.</summary>
    Moved,

    /// <summary>It was not there.</summary>
    Appeared,

    /// <summary>It is no longer there.</summary>
    Disappeared,
}
