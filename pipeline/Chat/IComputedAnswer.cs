namespace VisualChat.Pipeline.Chat;

/// <summary>
/// An answer that is computed as it is read, on the thread that the model belongs to.
/// </summary>
internal interface IComputedAnswer : IDisposable
{
    /// <summary>Tokens of the conversation before the answer, visual tokens counted.</summary>
    int PromptTokens { get; }

    /// <summary>How many of them were in the prefix cache.</summary>
    int ReusedTokens { get; }

    /// <summary>
    /// Tokens of the answer so far. Those of a stop string count, an end token does not.
    /// </summary>
    int CompletionTokens { get; }

    /// <summary>Why it ended; null until it has.</summary>
    AnswerEnd? End { get; }

    /// <summary>
    /// The answer's text, which can be read once. Each step of computing gives a piece: a pass over
    /// part of the prompt, or one token. The piece is empty while a character, or what may become a
    /// stop string, is incomplete.
    /// </summary>
    /// <param name="cancellation">
    /// Ends the answer after the current step, without an exception.
    /// </param>
    IEnumerable<string> Pieces(CancellationToken cancellation = default);
}
