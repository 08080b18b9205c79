using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>An answer that is being computed, on the model's thread only.</summary>
public interface IComputedAnswer : IDisposable
{
    /// <summary>Tokens before it.</summary>
    int PromptTokens { get; }

    /// <summary>How many of them had been computed.</summary>
    int ReusedTokens { get; }

    /// <summary>Its own tokens so far.</summary>
    int CompletionTokens { get; }

    /// <summary>Why it ended; null while it goes on.</summary>
    AnswerEnd? Ending { get; }

    /// <summary>Its text, a step of computing for each piece; a piece may be empty.</summary>
    IEnumerable<string> Pieces();
}
