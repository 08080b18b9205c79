using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VisualChat.Integration.Tests.Serving;

/// <summary>What <c>serve</c> does as a command, over a trained model.</summary>
[Trait("Category", "Slow")]
[Collection(SharedModel.Name)]
public sealed class ServeCommandTests(TrainedModel model)
{
    [Fact]
    public async Task A_conversation_that_continues_reuses_what_was_computed_and_says_what_a_fresh_one_says()
    {
        List<JsonObject> messages = [Asking.User("What is in the two images?", model.DataUri(0), model.DataUri(1))];
        List<string> answers = [];
        await using (ServeProcess going = ServeProcess.Start(model))
        {
            for (int round = 0; round < 4; round++)
            {
                JsonElement completion = await going.AskAsync(Asking.Body(messages, temperature: 1, seed: 40 + round));
                JsonElement usage = completion.GetProperty("usage");
                int prompt = usage.GetProperty("prompt_tokens").GetInt32();
                int cached = usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
                if (round == 0)
                    cached.Should().Be(0);
                else
                    cached.Should().BeInRange(prompt / 2, prompt - 1);
                answers.Add(Asking.TextOf(completion));
                messages.Add(Asking.Assistant(answers[^1]));
                messages.Add(round == 1
                    ? Asking.User("And in this one?", model.DataUri(2))
                    : Asking.User("What else?"));
            }

            (await going.StopAsync()).Should().Be(0);
            going.Log.Should().Contain("Stopped; no answer was cut.").And.NotContain("   at ");
        }

        await using ServeProcess fresh = ServeProcess.Start(model);
        for (int round = 3; round >= 0; round--)
        {
            string body = Asking.Body(messages.Take((2 * round) + 1), temperature: 1, seed: 40 + round, stream: true);
            (await Asking.StreamedTextAsync(await fresh.PostAsync(body))).Should().Be(answers[round]);
        }
    }

    [Fact]
    public async Task Seeds_decide_and_a_stop_string_ends_the_answer_before_itself()
    {
        await using ServeProcess server = ServeProcess.Start(model);
        JsonObject[] messages = [Asking.User("What is it?", model.DataUri(0))];
        string text = Asking.TextOf(await server.AskAsync(Asking.Body(messages, temperature: 1.5, seed: 1, most: 40)));
        string other = Asking.TextOf(await server.AskAsync(Asking.Body(messages, temperature: 1.5, seed: 2, most: 40)));
        other.Should().NotBe(text);
        string stop = text.Substring(text.Length / 2, 3);

        JsonNode body = JsonNode.Parse(Asking.Body(messages, temperature: 1.5, seed: 1, most: 40))!;
        body["stop"] = new JsonArray("never said", stop);
        JsonElement stopped = await server.AskAsync(body.ToJsonString());

        Asking.TextOf(stopped).Should().Be(text[..text.IndexOf(stop, StringComparison.Ordinal)]);
        stopped.GetProperty("choices")[0].GetProperty("finish_reason").GetString().Should().Be("stop");
    }

    [Fact]
    public async Task Ctrl_C_lets_an_answer_that_has_begun_come_to_its_end()
    {
        await using ServeProcess server = ServeProcess.Start(model);
        using HttpRequestMessage request = AskToSpeak(most: 100);
        HttpResponseMessage begun = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Task<string> answer = Asking.StreamedTextAsync(begun);

        (await server.StopAsync()).Should().Be(0);

        (await answer).Should().NotBeEmpty();
        server.Log.Should().Contain("Stopped; no answer was cut.");
    }

    [Fact]
    public async Task SIGTERM_ends_it_though_its_clients_neither_send_nor_read_on()
    {
        await using ServeProcess server = ServeProcess.Start(model);
        List<TcpClient> clients = [];
        string[] requests =
        [
            "", "POST /v1/chat/com", "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n",
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{\"messages\":",
        ];
        foreach (string request in requests)
        {
            clients.Add(new TcpClient());
            await clients[^1].ConnectAsync(server.Address.Host, server.Address.Port);
            await clients[^1].GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        }

        using HttpRequestMessage speak = AskToSpeak(most: 100_000);
        using HttpResponseMessage unread =
            await server.Client.SendAsync(speak, HttpCompletionOption.ResponseHeadersRead);
        long start = Stopwatch.GetTimestamp();

        (await server.TerminateAsync()).Should().Be(0);

        Stopwatch.GetElapsedTime(start).Should().BeLessThan(TimeSpan.FromSeconds(20));
        server.Log.Should().Contain("Stopped; ").And.NotContain("   at ");
        clients.ForEach(client => client.Dispose());
    }

    [Fact]
    public async Task A_port_in_use_is_named_and_exits_with_1()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string port = $"{((IPEndPoint)taken.LocalEndpoint).Port}";

        (await RunAsync("--port", port)).ShouldExitWith(1).Error.Should().Be(
            $"error: Port {port} of 127.0.0.1 is in use. End what listens there, or name another with --port.\n");
    }

    [Theory]
    [InlineData("--host 0.0.0.0", "lets other machines in, so --api-key")]
    [InlineData("--host ::", "lets other machines in, so --api-key")]
    [InlineData("--host somewhere", "--host 'somewhere' is not an address")]
    [InlineData("--port 70000", "--port must be from 0 to 65535")]
    [InlineData("--max-images -1", "--max-images must be from 0")]
    [InlineData("--side-by-side 0", "--side-by-side must be from 1")]
    public async Task Wrong_options_are_named_and_exit_with_2(string options, string problem) =>
        (await RunAsync(options.Split(' '))).ShouldExitWith(2).Error.Should().Contain(problem);

    [Fact]
    public async Task A_missing_checkpoint_is_named_and_exits_with_2() =>
        (await RunWithCheckpointAsync("nowhere", "--port", "0")).ShouldExitWith(2).Error.Should().Contain("nowhere");

    [Fact]
    public async Task With_a_key_it_may_listen_to_other_machines()
    {
        await using ServeProcess server = ServeProcess.Start(model, "--host", "0.0.0.0", "--api-key", "sesame");
        var address = new Uri($"http://127.0.0.1:{server.Address.Port}/v1/models");

        (await server.Client.GetAsync(address)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", "sesame");
        (await server.Client.GetAsync(address)).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_an_answer_makes_room_for_the_next()
    {
        await using ServeProcess server = ServeProcess.Start(model, "--side-by-side", "1", "--max-waiting", "0");
        using (var leaving = new CancellationTokenSource())
        {
            using HttpRequestMessage request = AskToSpeak(most: 100_000);
            HttpResponseMessage begun = await server.Client.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
            begun.StatusCode.Should().Be(HttpStatusCode.OK);
            begun.Dispose();
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        string next = Asking.Body([Asking.User("Next.")]);
        while ((await server.PostAsync(next, patience.Token)).StatusCode != HttpStatusCode.OK)
            await Task.Delay(20, patience.Token);
    }

    private static HttpRequestMessage AskToSpeak(int most) => new(HttpMethod.Post, "/v1/chat/completions")
    {
        Content = new StringContent(Asking.Body([Asking.User("Speak.")], temperature: 2, most: most, stream: true)),
    };

    private Task<ProgramResult> RunAsync(params string[] options) =>
        RunWithCheckpointAsync(TrainedModel.Checkpoint, options);

    private Task<ProgramResult> RunWithCheckpointAsync(string checkpoint, params string[] options)
    {
        string[] serve = ["serve", SampleTraining.Recipe, "--checkpoint", checkpoint, .. options];
        return Task.Run(() => VisualChatProgram.Run(model.Folder, serve));
    }
}
