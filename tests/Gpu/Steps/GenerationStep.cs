using System.Diagnostics;
using VisualChat.Model;
using VisualChat.Model.Generation;
using VisualChat.Model.Native;

namespace VisualChat.Gpu.Steps;

/// <summary>
/// An answer of the random model to a question about four images, word by word, always the
/// likeliest: one conversation, then eight that take turns, as the server's do.
/// </summary>
internal static class GenerationStep
{
    private const string Step = "generation";
    private const int Together = 8, WarmUpTokens = 8, TurnTokens = 16;
    private const double GoalTokensPerSecond = 60;

    public static void Run(RunOptions options)
    {
        TorchNatives.EnsureLoadable();
        int tokens = options.IsSmall ? 16 : 128;
        using var model = ChatModel.Create(LargeModel.Describe(options));
        MicroBatch prompt = RandomBatches.Of(model.Description, RandomBatches.Samples(model.Description, 1, 0));
        using (var warm = new Conversation(model, prompt, WarmUpTokens))
            while (warm.Advance())
                continue;

        long start = Stopwatch.GetTimestamp();
        using (var one = new Conversation(model, prompt, tokens))
        {
            _ = one.Advance();
            Add("first token after four images and a question", Elapsed(), "s");
            start = Stopwatch.GetTimestamp();
            for (int count = 1; count < tokens; count++)
                _ = one.Advance();
            double? goal = options.IsSmall ? null : GoalTokensPerSecond;
            Add("one conversation", (tokens - 1) / Elapsed(), "tokens/s", goal);
        }

        Conversation[] all = [.. Enumerable.Range(0, Together).Select(_ => NewWithFirstToken())];
        start = Stopwatch.GetTimestamp();
        for (int count = 0; count < TurnTokens; count++)
        {
            foreach (Conversation each in all)
                _ = each.Advance();
        }

        Add($"{Together} conversations in turn, together", Together * TurnTokens / Elapsed(), "tokens/s");
        foreach (Conversation each in all)
            each.Dispose();
        Add("memory in use", MemoryInUse.Gigabytes, "GB");

        double Elapsed() => Stopwatch.GetElapsedTime(start).TotalSeconds;

        Conversation NewWithFirstToken()
        {
            var conversation = new Conversation(model, prompt, TurnTokens + 1);
            _ = conversation.Advance();
            return conversation;
        }

        void Add(string what, double value, string unit, double? atLeast = null) => options.Results.Add(new()
        {
            Step = Step,
            What = what,
            Value = value,
            Unit = unit,
            AtLeast = atLeast,
        });
    }

    /// <summary>A conversation whose answer is read token by token.</summary>
    private sealed class Conversation : IDisposable
    {
        private readonly ModelSession _session;
        private readonly IEnumerator<int> _tokens;

        public Conversation(ChatModel model, MicroBatch prompt, int tokens)
        {
            _session = new ModelSession(model);
            _session.Append(prompt.Samples[0].InputIds.Span, prompt.Images);
            var sampling = new SamplingSettings { MaxNewTokens = tokens };
            _tokens = new TokenGeneration(_session, sampling, [], []).Tokens().GetEnumerator();
        }

        /// <summary>Computes the next token.</summary>
        public bool Advance() => _tokens.MoveNext();

        public void Dispose()
        {
            _tokens.Dispose();
            _session.Dispose();
        }
    }
}
