using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>A model as its thread sees it: answers that are computed a step at a time, several side by side.</summary>
public interface IAnswerSource : IDisposable
{
    /// <summary>The most tokens of a conversation and its answer, visual tokens counted.</summary>
    int MaxTokens { get; }

    /// <summary>Tokens of a conversation up to where the answer begins. Any thread may ask.</summary>
    /// <exception cref="InputException">They are more than <see cref="MaxTokens"/>.</exception>
    int CountTokens(ChatPrompt prompt);

    /// <summary>Begins an answer. On the model's thread only.</summary>
    IComputedAnswer Begin(ChatPrompt prompt);
}
