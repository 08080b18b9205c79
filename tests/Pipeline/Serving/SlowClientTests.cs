using System.Diagnostics;
using VisualChat.Pipeline.Serving;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>A slow client holds nothing that others need, and not for long.</summary>
public sealed class SlowClientTests
{
    // The web server looks at its clients once a second, and takes no shorter grace.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1.5);

    [Fact]
    public async Task Bodies_that_have_not_arrived_take_no_place()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            new ServeSettings { Limits = new ServeLimits { SideBySide = 1, Waiting = 0 } });
        List<RawClient> slow = [];
        for (int client = 0; client < 40; client++)
        {
            slow.Add(await RawClient.ConnectAsync(server));
            await slow[^1].SendAsync(RawClient.Post + "Content-Length: 1000\r\n\r\n{\"messages\":");
        }

        (await server.AskAsync("one")).EnsureSuccessStatusCode();

        server.Taken.Should().Be(0);
        slow.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_body_that_comes_too_slowly_is_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            new ServeSettings { Limits = new ServeLimits { RateGrace = Grace } });
        using RawClient slow = await RawClient.ConnectAsync(server);
        await slow.SendAsync(RawClient.Post + "Content-Length: 1000000\r\n\r\n{\"messages\":");

        (await slow.ReadToEndAsync()).Should().StartWith("HTTP/1.1 408").And.Contain("fewer than 1,000 bytes a second");
    }

    [Fact]
    public async Task A_body_that_takes_too_long_is_refused_however_fast_it_began()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            new ServeSettings { Limits = new ServeLimits { BodyDeadline = Soon } });
        using RawClient slow = await RawClient.ConnectAsync(server);
        await slow.SendAsync(
            RawClient.Post + "Content-Length: 10000000\r\n\r\n{\"messages\":" + new string(' ', 5_000_000));

        (await slow.ReadToEndAsync()).Should().StartWith("HTTP/1.1 408").And.Contain("had not arrived");
    }

    [Fact]
    public async Task Headers_that_do_not_end_and_connections_that_say_nothing_are_closed()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            new ServeSettings { Limits = new ServeLimits { HeadersDeadline = Soon, IdleConnection = Soon } });
        using RawClient slow = await RawClient.ConnectAsync(server), silent = await RawClient.ConnectAsync(server);
        await slow.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: local");

        Task<string> cut = slow.ReadToEndAsync();
        (await silent.ReadToEndAsync()).Should().BeEmpty();

        (await cut).Should().StartWith("HTTP/1.1 408");
    }

    [Fact]
    public async Task Connections_beyond_the_most_are_closed_and_taken_again_later()
    {
        await using RunningServer server = await RunningServer.StartAsync(
            new ServeSettings { Limits = new ServeLimits { Connections = 2 } });
        using (RawClient first = await RawClient.ConnectAsync(server), second = await RawClient.ConnectAsync(server))
        {
            const string health = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            (await RawClient.AskAsync(server, health)).Should().BeEmpty();
            await first.SendAsync(health);
            (await first.ReadToEndAsync()).Should().StartWith("HTTP/1.1 200");
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await IsAnsweredAsync(server))
            await Task.Delay(20, patience.Token);
    }

    [Fact]
    public async Task A_client_that_closes_its_half_has_left()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using RawClient leaving = await RawClient.ConnectAsync(server);
        await leaving.SendAsync(RawClient.Post + "Content-Length: 1000\r\n\r\n{\"messages\":");

        leaving.CloseHalf();
        await leaving.ReadToEndAsync();

        // It may be seen as one that left, or as a body that ends early.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (server.Log.ToString().Length == 0)
            await Task.Delay(5, patience.Token);
        server.Log.ToString().Should().MatchRegex("completions (the client left|400),");
        server.Taken.Should().Be(0);
    }

    [Fact]
    public async Task The_server_ends_in_time_whatever_its_clients_do()
    {
        RunningServer server = await RunningServer.StartAsync();
        using RawClient
            silent = await RawClient.ConnectAsync(server),
            headers = await RawClient.ConnectAsync(server),
            body = await RawClient.ConnectAsync(server),
            answered = await RawClient.ConnectAsync(server);
        await headers.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: local");
        await body.SendAsync(RawClient.Post + "Content-Length: 1000000\r\n\r\n{\"messages\":");
        const string endless =
            """{"messages":[{"role":"user","content":"endless"}],"stream":true,"max_tokens":1000000}""";
        await answered.SendAsync($"{RawClient.Post}Content-Length: {endless.Length}\r\n\r\n{endless}");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (server.Script.Steps.Count < 10)
            await Task.Delay(5, patience.Token);
        long start = Stopwatch.GetTimestamp();

        await server.DisposeAsync();

        // 0.1 s of grace, 2 s to tell the clients, 1 s for the web server to abort who stays.
        Stopwatch.GetElapsedTime(start).Should().BeLessThan(TimeSpan.FromSeconds(6));
        (await body.ReadToEndAsync()).Should().StartWith("HTTP/1.1 503").And.Contain("server_stopping");
        (await answered.ReadToEndAsync()).Should().Contain("server_stopping");
        (await silent.ReadToEndAsync()).Should().BeEmpty();
    }

    private static async Task<bool> IsAnsweredAsync(RunningServer server) =>
        (await RawClient.AskAsync(server, "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        .StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
}
