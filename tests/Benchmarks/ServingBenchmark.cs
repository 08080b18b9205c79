using System.Collections.Concurrent;
using System.Diagnostics;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Serving;
using VisualChat.Pipeline.Serving.Scheduling;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Benchmarks;

/// <summary>
/// Sixteen clients of one model, four of whom want long answers: how long each kind waits, by how
/// many answers are computed side by side.
/// </summary>
internal static class ServingBenchmark
{
    private const int Clients = 16;
    private const int LongClients = 4;
    private const int LongTokens = 200;
    private const int ShortTokens = 12;

    private const int Turns = 3;

    private static readonly int[] Sides = [1, 4, 16];
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [string recipe, string checkpoint])
        {
            Console.Error.WriteLine("serve RECIPE CHECKPOINT");
            return 2;
        }

        // Each in turn, several times: whatever else the machine does falls on all of them.
        var figures = Sides.ToDictionary(sideBySide => sideBySide, _ => new List<Figures>());
        for (int turn = 0; turn < Turns; turn++)
            foreach (int sideBySide in Sides)
                figures[sideBySide].Add(await MeasureAsync(recipe, checkpoint, sideBySide));

        Console.WriteLine($"{Clients} clients; {LongClients} ask for {LongTokens} tokens, the others for {ShortTokens}; the best of {Turns} turns of {Duration.TotalSeconds} s");
        Console.WriteLine("side by side   tokens/s   tokens/s of processor   short: first piece   whole      long: first piece   whole");
        foreach ((int sideBySide, List<Figures> measured) in figures)
        {
            Figures best = measured.MaxBy(turn => turn.TokensPerSecond)!;
            Console.WriteLine(
                $"{sideBySide,12} {best.TokensPerSecond,10:N0} {best.TokensPerProcessorSecond,23:N0} {best.ShortFirst,17:N0} ms {best.ShortWhole,6:N0} ms {best.LongFirst,18:N0} ms {best.LongWhole,6:N0} ms");
        }

        return 0;
    }

    private static async Task<Figures> MeasureAsync(string recipe, string checkpoint, int sideBySide)
    {
        using var thread = new ModelThread(
            () => LoadedChat.Open(RecipeReader.Read(recipe, [], SourceRegistry.Names), checkpoint, "cpu", new PrefixCacheLimits { Conversations = 2 * Clients }).Engine, new ServeLimits { SideBySide = sideBySide });
        _ = await thread.Opened;
        long tokens = 0, start = Stopwatch.GetTimestamp();
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        var answers = new ConcurrentBag<(bool IsLong, TimeSpan First, TimeSpan Whole)>();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            bool isLong = client < LongClients;
            for (int question = 0; Stopwatch.GetElapsedTime(start) < Duration; question++)
            {
                // The end token has been seen in the first round: with this penalty the model does
                // not end by itself.
                var sampling = new SamplingSettings { Temperature = 1, RepetitionPenalty = 20, MaxNewTokens = isLong ? LongTokens : ShortTokens, Seed = (1000 * client) + question };
                long asked = Stopwatch.GetTimestamp();
                using Place place = thread.TakePlace();
                ChatRound[] earlier = [new($"Client {client} asks question {question}, of some words, so that there is a prompt to compute?", [], "It is.")];
                place.Ask(new ChatPrompt { Earlier = earlier, Question = "And now?", Settings = new AnswerSettings { Sampling = sampling } });
                _ = await place.Pieces.WaitToReadAsync();
                TimeSpan first = Stopwatch.GetElapsedTime(asked);
                await foreach (string _ in place.Pieces.ReadAllAsync())
                {
                }

                answers.Add((isLong, first, Stopwatch.GetElapsedTime(asked)));
                Interlocked.Add(ref tokens, place.Summary!.CompletionTokens);
            }
        })));
        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        return new Figures(
            tokens / taken.TotalSeconds,
            tokens / (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalSeconds,
            Mean(answers, false, answer => answer.First),
            Mean(answers, false, answer => answer.Whole),
            Mean(answers, true, answer => answer.First),
            Mean(answers, true, answer => answer.Whole));
    }

    private static double Mean(IEnumerable<(bool IsLong, TimeSpan First, TimeSpan Whole)> answers, bool isLong, Func<(bool IsLong, TimeSpan First, TimeSpan Whole), TimeSpan> time) =>
        answers.Where(answer => answer.IsLong == isLong).Select(answer => time(answer).TotalMilliseconds).DefaultIfEmpty(double.NaN).Average();

    private sealed record Figures(double TokensPerSecond, double TokensPerProcessorSecond, double ShortFirst, double ShortWhole, double LongFirst, double LongWhole);
}
