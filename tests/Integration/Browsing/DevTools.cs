using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace VisualChat.Integration.Tests.Browsing;

/// <summary>
/// Chromium's DevTools protocol over a web socket: commands with answers, and events.
/// </summary>
internal sealed class DevTools : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _asked = [];
    private readonly SemaphoreSlim _sending = new(1);
    private Task _listening = Task.CompletedTask;
    private int _last;

    private DevTools()
    {
    }

    /// <summary>Receives every event: its name and its parameters.</summary>
    public event Action<string, JsonNode>? Happened;

    /// <summary>Connects.</summary>
    public static async Task<DevTools> ConnectAsync(Uri address)
    {
        var tools = new DevTools();
        await tools._socket.ConnectAsync(address, CancellationToken.None);
        tools._listening = tools.ListenAsync();
        return tools;
    }

    /// <summary>Runs a command.</summary>
    public async Task<JsonNode> RunAsync(string method, object parameters, string? session = null)
    {
        int id = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[id] = answer;
        var command = new Dictionary<string, object> { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (session is not null)
            command["sessionId"] = session;
        byte[] message = JsonSerializer.SerializeToUtf8Bytes(command);
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }

        return await answer.Task.WaitAsync(Patience);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _listening;
        _socket.Dispose();
        _sending.Dispose();
    }

    private async Task ListenAsync()
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                using var message = new MemoryStream();
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                    message.Write(buffer, 0, part.Count);
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                    return;
                message.Position = 0;
                Take(JsonNode.Parse(message)!);
            }
        }
        catch (Exception exception)
            when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            foreach (TaskCompletionSource<JsonNode> asked in _asked.Values)
                _ = asked.TrySetException(new InvalidOperationException("The browser has gone.", exception));
        }
    }

    private void Take(JsonNode message)
    {
        if (message["id"] is null)
            Happened?.Invoke((string)message["method"]!, message["params"]!);
        else if (_asked.TryRemove((int)message["id"]!, out TaskCompletionSource<JsonNode>? asked))
        {
            if (message["error"] is { } error)
                asked.SetException(new InvalidOperationException($"The browser refuses: {error.ToJsonString()}"));
            else
                asked.SetResult(message["result"]!);
        }
    }
}
