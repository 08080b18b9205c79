using System.Collections.Concurrent;
using VisualChat.Model.Errors;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>
/// A model that says what it is told to: the words of the question, one a step. A question <c>fail: TYPE</c> throws; <c>endless</c> never ends, whatever its limit; <c>wait</c> computes until
/// it is let go.
/// </summary>
internal sealed class ScriptedAnswers : IAnswerSource
{
    /// <summary>What a step was made of: the question and the step's number.</summary>
    public ConcurrentQueue<string> Steps { get; } = [];

    /// <summary>What was asked, as it came.</summary>
    public ConcurrentQueue<ChatPrompt> Prompts { get; } = [];

    /// <summary>Questions whose answers were let go of.</summary>
    public ConcurrentQueue<string> Ended { get; } = [];

    /// <summary>Lets <c>wait</c> go on.</summary>
    public SemaphoreSlim Gate { get; } = new(0);

    public bool IsDisposed { get; private set; }

    public int MaxTokens => 100;

    public int CountTokens(ChatPrompt prompt)
    {
        int tokens = Words(prompt).Length;
        return tokens <= MaxTokens ? tokens : throw new InputException($"The conversation is {tokens} tokens long, and the model reaches {MaxTokens}.");
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
        public int PromptTokens => Words(prompt).Length;

        public int ReusedTokens => prompt.Earlier.Count;

        public int CompletionTokens { get; private set; }

        public AnswerEnd? Ending { get; private set; }

        public IEnumerable<string> Pieces()
        {
            script.Steps.Enqueue($"{prompt.Question} prompt");
            yield return "";
            if (prompt.Question.StartsWith("fail: ", StringComparison.Ordinal))
                throw prompt.Question == "fail: model" ? new ModelException("The logits are no numbers.") : new InvalidOperationException("a secret of the program");
            for (int word = 0; prompt.Question == "endless" || word < Words(prompt).Length; word++)
            {
                if (prompt.Question != "endless" && CompletionTokens == prompt.Settings.Sampling.MaxNewTokens)
                {
                    Ending = AnswerEnd.TokenLimit;
                    yield break;
                }

                if (prompt.Question.StartsWith("wait", StringComparison.Ordinal))
                    script.Gate.Wait();
                else if (prompt.Question == "endless")
                    Thread.Sleep(1);
                CompletionTokens++;
                script.Steps.Enqueue($"{prompt.Question} {word}");
                yield return word == 0 ? Words(prompt)[0] : $" {Words(prompt)[word % Words(prompt).Length]}";
            }

            Ending = AnswerEnd.EndOfTurn;
        }

        public void Dispose() => script.Ended.Enqueue(prompt.Question);
    }
}
