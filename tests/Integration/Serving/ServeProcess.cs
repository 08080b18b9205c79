using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace VisualChat.Integration.Tests.Serving;

/// <summary><c>visualchat serve</c>, running as a process on a port of its own.</summary>
internal sealed class ServeProcess : IAsyncDisposable
{
    private const int Interrupt = 2;
    private const int Terminate = 15;

    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private ServeProcess(Process process, Uri address)
    {
        _process = process;
        Client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
                _log.AppendLine(line.Data);
        };
        process.BeginErrorReadLine();
    }

    public HttpClient Client { get; }

    public Uri Address => Client.BaseAddress!;

    /// <summary>What it wrote to standard error so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <summary>Bytes of its memory that are in use.</summary>
    public long ResidentBytes
    {
        get
        {
            // VmRSS:     12345 kB
            string line = File.ReadLines($"/proc/{_process.Id}/status").Single(line => line.StartsWith("VmRSS:"));
            return 1024 * long.Parse(line["VmRSS:".Length..^"kB".Length]);
        }
    }

    /// <summary>Starts it, and waits until it answers.</summary>
    public static ServeProcess Start(TrainedModel model, params string[] arguments)
    {
        string[] serve =
        [
            "serve", SampleTraining.Recipe, "--checkpoint", TrainedModel.Checkpoint,
            "--device", "cpu", "--port", "0", "--json", .. arguments,
        ];
        Process process = VisualChatProgram.Start(model.Folder, serve);
        var said = new StringBuilder();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            said.AppendLine(line);
            if (line != "}")
                continue;
            JsonElement started = JsonDocument.Parse(said.ToString()).RootElement;
            return new ServeProcess(process, new Uri(started.GetProperty("address").GetString()!));
        }

        throw new InvalidOperationException($"It ended: {process.StandardError.ReadToEnd()}");
    }

    /// <summary>Asks, and gives the answer's document.</summary>
    public async Task<JsonElement> AskAsync(string body)
    {
        HttpResponseMessage response = await PostAsync(body);
        string text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.Should().BeTrue("{0} is the answer to {1}", text, body);
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>Asks.</summary>
    public Task<HttpResponseMessage> PostAsync(string body, CancellationToken cancellation = default) =>
        Client.PostAsync(
            "/v1/chat/completions", new StringContent(body, Encoding.UTF8, "application/json"), cancellation);

    /// <summary>Presses Ctrl-C and waits for the end.</summary>
    /// <returns>The exit status.</returns>
    public Task<int> StopAsync() => StopAsync(Interrupt);

    /// <summary>Asks it to end, as a service manager does, and waits for the end.</summary>
    /// <returns>The exit status.</returns>
    public Task<int> TerminateAsync() => StopAsync(Terminate);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task<int> StopAsync(int signal)
    {
        _ = Kill(_process.Id, signal);
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        return _process.ExitCode;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
