using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>A trained model as a source of answers.</summary>
/// <param name="chat">The model; the source's from here on.</param>
internal sealed class EngineAnswers(LoadedChat chat) : IAnswerSource
{
    /// <inheritdoc/>
    public int MaxTokens => chat.Engine.MaxTokens;

    /// <inheritdoc/>
    public int CountTokens(ChatPrompt prompt) => chat.Engine.CountTokens(prompt.System, prompt.Earlier, prompt.Question, prompt.Images);

    /// <inheritdoc/>
    public IComputedAnswer Begin(ChatPrompt prompt) => new Answer(chat.Engine.Begin(prompt.System, prompt.Earlier, prompt.Question, prompt.Images, prompt.Settings));

    /// <inheritdoc/>
    public void Dispose() => chat.Dispose();

    private sealed class Answer(ChatAnswer answer) : IComputedAnswer
    {
        public int PromptTokens => answer.PromptTokens;

        public int ReusedTokens => answer.ReusedTokens;

        public int CompletionTokens => answer.CompletionTokens;

        public AnswerEnd? Ending => answer.End;

        public IEnumerable<string> Pieces() => answer.Pieces();

        public void Dispose() => answer.Dispose();
    }
}
