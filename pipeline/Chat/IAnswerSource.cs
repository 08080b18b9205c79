using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// A model that answers. Several answers may be in progress, each computed a step at a time.
/// The server schedules these steps; its tests put a script in the model's place.
/// </summary>
internal interface IAnswerSource : IDisposable
{
    /// <summary>The most tokens of a conversation and its answer, visual tokens counted.</summary>
    int MaxTokens { get; }

    /// <summary>
    /// Characters (UTF-16) of text beyond which no conversation has so few tokens, whatever they
    /// are.
    /// </summary>
    int MaxCharacters { get; }

    /// <summary>
    /// Counts the tokens up to where the answer begins, visual tokens included. Computes nothing,
    /// and may be called from any thread at any time.
    /// </summary>
    /// <exception cref="InputException">There are more than <see cref="MaxTokens"/>.</exception>
    int CountTokens(ChatPrompt prompt);

    /// <summary>Begins an answer. Nothing is computed before it is read.</summary>
    /// <exception cref="InputException">
    /// The conversation is longer than the model reaches, or the settings are not valid.
    /// </exception>
    IComputedAnswer Begin(ChatPrompt prompt);
}
