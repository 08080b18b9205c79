using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using VisualChat.Pipeline.Serving;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>
/// The server in this process, on a port of its own, over a model that says what it is told.
/// </summary>
internal sealed class RunningServer : IAsyncDisposable
{
    public const int ImageSize = 8;

    private readonly ModelThread _thread;
    private readonly ChatServer _server;

    private RunningServer(ScriptedAnswers script, ModelThread thread, ChatServer server, StringWriter log)
    {
        Script = script;
        _thread = thread;
        _server = server;
        Log = log;
        Client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(30) };
    }

    public ScriptedAnswers Script { get; }

    public HttpClient Client { get; }

    public StringWriter Log { get; }

    public Uri Address => _server.Address;

    public int Taken => _thread.Taken;

    public long HeldBodyBytes => _server.HeldBodyBytes;

    public static async Task<RunningServer> StartAsync(ServeSettings? settings = null)
    {
        settings = (settings ?? new ServeSettings()) with { Port = 0, Grace = TimeSpan.FromMilliseconds(100) };
        var script = new ScriptedAnswers();
        var thread = new ModelThread(() => script, settings.Limits);
        var log = new StringWriter();
        ChatServer server = await ChatServer.StartAsync(settings, "tiny", ImageSize, thread, log);
        return new RunningServer(script, thread, server, log);
    }

    /// <summary>Asks with a body.</summary>
    public Task<HttpResponseMessage> PostAsync(string body) =>
        Client.PostAsync("/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"));

    /// <summary>Asks one question, with more fields after a comma.</summary>
    public Task<HttpResponseMessage> AskAsync(string question, string fields = "") =>
        PostAsync($$"""{"messages":[{"role":"user","content":{{JsonSerializer.Serialize(question)}}}]{{fields}}}""");

    /// <summary>A response's document.</summary>
    public static Task<JsonElement> JsonOf(HttpResponseMessage response) =>
        response.Content.ReadFromJsonAsync<JsonElement>();

    /// <summary>A response's error, as <c>status type param code</c>.</summary>
    public static async Task<string> ErrorOf(HttpResponseMessage response)
    {
        JsonElement error = (await JsonOf(response)).GetProperty("error");
        error.GetProperty("message").GetString().Should().NotBeNullOrWhiteSpace();
        return $"{(int)response.StatusCode} {error.GetProperty("type")} {Shown("param")} {Shown("code")}";

        string Shown(string name) => error.GetProperty(name).GetString() ?? "null";
    }

    public async ValueTask DisposeAsync()
    {
        Script.Gate.Release(1000);
        Client.Dispose();
        await _server.StopAsync();
        await _server.DisposeAsync();
        _thread.Dispose();
        await Log.DisposeAsync();
    }
}
