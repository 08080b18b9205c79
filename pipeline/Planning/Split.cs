namespace VisualChat.Pipeline.Planning;

/// <summary>The side a sample is on.</summary>
internal enum Split : byte
{
    /// <summary>Learned from.</summary>
    Train,

    /// <summary>Held out.</summary>
    Validation,
}
