namespace VisualChat.Model.Generation;

/// <summary>Why an answer ended.</summary>
public enum GenerationEnd
{
    /// <summary>An id that ends answers was chosen.</summary>
    EndToken,

    /// <summary>The answer reached <see cref="SamplingSettings.MaxNewTokens"/>.</summary>
    TokenLimit,

    /// <summary>The conversation reached <see cref="ModelSession.MaxPositions"/>.</summary>
    Full,
}
