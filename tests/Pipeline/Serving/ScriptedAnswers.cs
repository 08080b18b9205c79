using System.Collections.Concurrent;
using VisualChat.Model.Errors;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>
/// A model that says what it is told to: the words of the question, one word a step. The answer to
/// <c>fail: model</c>, <c>fail: memory</c> or <c>fail: program</c> throws, that to <c>endless</c>
/// has no end whatever its limit, and that to <c>wait</c> waits for <see cref="Gate"/> before each
/// word.
/// </summary>
internal sealed class ScriptedAnswers : IAnswerSource
{
    /// <summary>Every step that was computed: its question and its number.</summary>
    public ConcurrentQueue<string> Steps { get; } = [];

    /// <summary>What was asked, in order.</summary>
    public ConcurrentQueue<ChatPrompt> Prompts { get; } = [];

    /// <summary>The questions whose answers were disposed of.</summary>
    public ConcurrentQueue<string> Ended { get; } = [];

    /// <summary>Released once for each word that <c>wait</c> may compute.</summary>
    public SemaphoreSlim Gate { get; } = new(0);

    public bool IsDisposed { get; private set; }

    public int MaxTokens => 100;

    public int MaxCharacters => 100_000;

    public int CountTokens(ChatPrompt prompt)
    {
        int tokens = Words(prompt).Length;
        return tokens <= MaxTokens
            ? tokens
            : throw new InputException(
                $"The conversation is {tokens} tokens long, and the model reaches {MaxTokens}.");
    }

    public IComputedAnswer Begin(ChatPrompt prompt)
    {
        Prompts.Enqueue(prompt);
        return new Answer(this, prompt);
    }

    public void Dispose() => IsDisposed = true;

    private static string[] Words(ChatPrompt prompt) => prompt.Question.Split(' ');

    private sealed class Answer(ScriptedAnswers script, ChatPrompt prompt) : IComputedAnswer
    {
        private readonly string[] _words = Words(prompt);
        private readonly bool _isEndless = prompt.Question == "endless";
        private readonly bool _waits = prompt.Question.StartsWith("wait", StringComparison.Ordinal);

        public int PromptTokens => _words.Length;

        public int ReusedTokens => prompt.Earlier.Count;

        public int CompletionTokens { get; private set; }

        public AnswerEnd? End { get; private set; }

        public IEnumerable<string> Pieces(CancellationToken cancellation = default)
        {
            script.Steps.Enqueue($"{prompt.Question} prompt");
            yield return "";
            FailIfAsked();
            for (int word = 0; _isEndless || word < _words.Length; word++)
            {
                if (!_isEndless && CompletionTokens == prompt.Settings.Sampling.MaxNewTokens)
                {
                    End = AnswerEnd.TokenLimit;
                    yield break;
                }

                if (_waits)
                    script.Gate.Wait(CancellationToken.None);
                else if (_isEndless)
                    Thread.Sleep(1);
                CompletionTokens++;
                script.Steps.Enqueue($"{prompt.Question} {word}");
                yield return word == 0 ? _words[0] : $" {_words[word % _words.Length]}";
            }

            End = AnswerEnd.Complete;
        }

        public void Dispose() => script.Ended.Enqueue(prompt.Question);

        private void FailIfAsked()
        {
            if (prompt.Question == "fail: model")
                throw new ModelException("The logits are not finite (NaN or infinity).");
            if (prompt.Question == "fail: memory")
                throw DeviceMemoryException.Of(
                    new LibtorchFailure("CUDA error: out of memory"), "Show fewer images.")!;
            if (prompt.Question.StartsWith("fail: ", StringComparison.Ordinal))
                throw new InvalidOperationException("a secret of the program");
        }
    }
}
