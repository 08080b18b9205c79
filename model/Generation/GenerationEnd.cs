namespace VisualChat.Model.Generation;

/// <summary>Why an answer ended.</summary>
public enum GenerationEnd
{
    /// <summary>An id that ends answers was chosen.</summary>
    EndToken,

    /// <summary>It has as many tokens as it may (<see cref="SamplingSettings.MaxNewTokens"/>).</summary>
    TokenLimit,

    /// <summary>The conversation is as long as the decoder reaches (<see cref="ModelSession.MaxPositions"/>).</summary>
    Full,
}
