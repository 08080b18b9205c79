using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using VisualChat.Pipeline.Randomness;
using Xunit.Abstractions;

namespace VisualChat.Integration.Tests.Serving;

/// <summary>
/// Sixteen clients at once, each with conversations of its own choice, in whole and in pieces, some
/// of whom leave in the middle. <c>VISUALCHAT_LOAD_SECONDS</c> says for how long (20).
/// </summary>
[Trait("Category", "Slow")]
[Collection(SharedModel.Name)]
public sealed class ManyClientsTests(TrainedModel model, ITestOutputHelper output)
{
    private const int Clients = 16;
    private const long MostGrowthBytes = 48_000_000;

    private static readonly TimeSpan Duration =
        TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable("VISUALCHAT_LOAD_SECONDS") ?? "20"));

    [Fact]
    public async Task Every_answer_is_the_one_a_lone_client_gets_none_is_lost_and_memory_stays_flat()
    {
        await using ServeProcess server = ServeProcess.Start(model);
        (string Whole, string Streamed, string Answer)[] known = await AskAloneAsync(server);
        known.Select(question => question.Answer).Distinct()
            .Should().HaveCountGreaterThan(8, "wrong answers must be seen");

        long start = Stopwatch.GetTimestamp();
        long warmBytes = 0;
        var wrong = new ConcurrentQueue<string>();
        int asked = 0, right = 0, left = 0;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            var random = new KeyedRandom(7, "clients", client, "choices");
            while (Stopwatch.GetElapsedTime(start) < Duration)
            {
                (string whole, string streamed, string answer) = known[random.NextInclusive(0, known.Length - 1)];
                int kind = random.NextInclusive(0, 9);
                Interlocked.Increment(ref asked);
                if (kind == 0)
                {
                    await LeaveAsync(server, streamed, random.NextInclusive(0, 30));
                    Interlocked.Increment(ref left);
                    continue;
                }

                string got = kind % 2 == 0
                    ? Asking.TextOf(await server.AskAsync(whole))
                    : await Asking.StreamedTextAsync(await server.PostAsync(streamed));
                if (got == answer)
                    Interlocked.Increment(ref right);
                else
                    wrong.Enqueue($"'{got}' instead of '{answer}'");

                // By now every buffer and every kept conversation is as large as it gets.
                if (client == 0 && warmBytes == 0 && Stopwatch.GetElapsedTime(start) > Duration / 3)
                    warmBytes = server.ResidentBytes;
            }
        }));
        long endBytes = server.ResidentBytes;
        output.WriteLine($"{right} answers, {left} left in the middle, in {Duration.TotalSeconds} s");
        output.WriteLine($"{warmBytes / 1e6:N0} MB after a third of it, {endBytes / 1e6:N0} MB at the end");

        wrong.Should().BeEmpty();
        right.Should().Be(asked - left).And.BeGreaterThan(3 * Clients);
        left.Should().BePositive();
        endBytes.Should().BeLessThan(warmBytes + MostGrowthBytes);
        server.Log.Should().NotContain("completions 500").And.NotContain("completions 429");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (await RequestsAsync(server, patience.Token) > 0)
            await Task.Delay(20, patience.Token);
    }

    private static async Task<int> RequestsAsync(ServeProcess server, CancellationToken cancellation)
    {
        string health = await server.Client.GetStringAsync("/health", cancellation);
        return JsonDocument.Parse(health).RootElement.GetProperty("requests").GetInt32();
    }

    // Conversations of one to three rounds and none to three images; no two are to be answered the
    // same by accident.
    private async Task<(string Whole, string Streamed, string Answer)[]> AskAloneAsync(ServeProcess server)
    {
        List<(string Whole, string Streamed, string Answer)> known = [];
        for (int conversation = 0; conversation < 6; conversation++)
        {
            List<JsonObject> messages = [];
            for (int round = 0; round < 3; round++)
            {
                IEnumerable<string> images = Enumerable.Range(conversation, (conversation + round) % 3)
                    .Select(image => model.DataUri(image % 6));
                messages.Add(Asking.User($"Question {round} of {conversation}?", [.. images]));
                double temperature = (conversation + round) % 2;
                int most = 12 + conversation;
                string whole = Asking.Body(messages, temperature, conversation, most);
                string streamed = Asking.Body(messages, temperature, conversation, most, stream: true);
                string answer = Asking.TextOf(await server.AskAsync(whole));
                known.Add((whole, streamed, answer));
                messages.Add(Asking.Assistant(answer));
            }
        }

        return [.. known];
    }

    private static async Task LeaveAsync(ServeProcess server, string body, int milliseconds)
    {
        using var leaving = new CancellationTokenSource(milliseconds);
        try
        {
            (await server.PostAsync(body, leaving.Token)).Dispose();
        }
        catch (OperationCanceledException)
        {
            // That is what it is for.
        }
    }
}
