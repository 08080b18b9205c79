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

    private const int Repeats = 3;

    private static readonly int[] Sides = [1, 4, 16];
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [string recipe, string checkpoint])
        {
            Console.Error.WriteLine("serve RECIPE CHECKPOINT");
            return 2;
        }

        // Each after the other, several times, so that the machine's other load falls on all alike.
        var figures = Sides.ToDictionary(sideBySide => sideBySide, _ => new List<Figures>());
        for (int repeat = 0; repeat < Repeats; repeat++)
            foreach (int sideBySide in Sides)
                figures[sideBySide].Add(await MeasureAsync(recipe, checkpoint, sideBySide));

        Console.WriteLine(
            $"{Clients} clients; {LongClients} ask for {LongTokens} tokens, the others for {ShortTokens}; "
            + $"the best of {Repeats} runs of {Duration.TotalSeconds} s");
        Console.WriteLine(
            "side by side   tokens/s   tokens/s of processor   "
            + "short: first piece   whole      long: first piece   whole");
        foreach ((int sideBySide, List<Figures> measured) in figures)
        {
            Figures best = measured.MaxBy(run => run.TokensPerSecond)!;
            Console.WriteLine(
                $"{sideBySide,12} {best.TokensPerSecond,10:N0} {best.TokensPerProcessorSecond,23:N0} "
                + $"{best.ShortFirst,17:N0} ms {best.ShortWhole,6:N0} ms "
                + $"{best.LongFirst,18:N0} ms {best.LongWhole,6:N0} ms");
        }

        return 0;
    }

    private static async Task<Figures> MeasureAsync(string recipe, string checkpoint, int sideBySide)
    {
        using var thread = new ModelThread(OpenEngine, new ServeLimits { SideBySide = sideBySide });
        _ = await thread.Opened;
        long tokens = 0, start = Stopwatch.GetTimestamp();
        TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
        var answers = new ConcurrentBag<Waited>();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            bool isLong = client < LongClients;
            for (int question = 0; Stopwatch.GetElapsedTime(start) < Duration; question++)
            {
                // The end token is in the first round: with this penalty the model does not end by
                // itself.
                var sampling = new SamplingSettings
                {
                    Temperature = 1,
                    RepetitionPenalty = 20,
                    MaxNewTokens = isLong ? LongTokens : ShortTokens,
                    Seed = (1000 * client) + question,
                };
                long asked = Stopwatch.GetTimestamp();
                using Place place = thread.TakePlace();
                place.Ask(new ChatPrompt
                {
                    Earlier = [new(FirstQuestion(client, question), [], "It is.")],
                    Question = "And now?",
                    Settings = new AnswerSettings { Sampling = sampling },
                });
                _ = await place.Pieces.WaitToReadAsync();
                TimeSpan first = Stopwatch.GetElapsedTime(asked);
                await foreach (string _ in place.Pieces.ReadAllAsync())
                {
                }

                answers.Add(new Waited(isLong, first, Stopwatch.GetElapsedTime(asked)));
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

        ChatEngine OpenEngine()
        {
            Recipe read = RecipeReader.Read(recipe, [], SourceRegistry.Names);
            var limits = new PrefixCacheLimits { Conversations = 2 * Clients };
            return LoadedChat.Open(read, checkpoint, "cpu", limits, TextWriter.Null).Engine;
        }
    }

    private static string FirstQuestion(int client, int question) =>
        $"Client {client} asks question {question}, of some words, so that there is a prompt to compute?";

    // In milliseconds.
    private static double Mean(IEnumerable<Waited> answers, bool isLong, Func<Waited, TimeSpan> time) =>
        answers
            .Where(answer => answer.IsLong == isLong)
            .Select(answer => time(answer).TotalMilliseconds)
            .DefaultIfEmpty(double.NaN)
            .Average();

    /// <summary>How long a client waited for an answer's first piece, and for all of it.</summary>
    private sealed record Waited(bool IsLong, TimeSpan First, TimeSpan Whole);

    /// <summary>What a run measured; the waiting times are means, in milliseconds.</summary>
    private sealed record Figures(
        double TokensPerSecond,
        double TokensPerProcessorSecond,
        double ShortFirst,
        double ShortWhole,
        double LongFirst,
        double LongWhole);
}
