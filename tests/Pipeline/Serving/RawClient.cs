using System.Net.Sockets;
using System.Text;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>A client that sends bytes as it likes, which HttpClient would not.</summary>
internal sealed class RawClient : IDisposable
{
    public const string Post = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly NetworkStream _stream;

    private RawClient(Socket connected) => _stream = new NetworkStream(connected, ownsSocket: true);

    public static async Task<RawClient> ConnectAsync(RunningServer server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.Address.Host, server.Address.Port);
        return new RawClient(socket);
    }

    /// <summary>Sends, and gives all that comes back until the server closes.</summary>
    public static async Task<string> AskAsync(RunningServer server, string request)
    {
        using RawClient client = await ConnectAsync(server);
        await client.SendAsync(request);
        return await client.ReadToEndAsync();
    }

    /// <summary>
    /// Sends characters as bytes of the same number. A server that has closed is no error.
    /// </summary>
    public async Task SendAsync(string text)
    {
        try
        {
            await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));
        }
        catch (IOException)
        {
            // It answered before it had read everything.
        }
    }

    /// <summary>Sends nothing further, but still reads.</summary>
    public void CloseHalf() => _stream.Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Reads until the server closes; a reset counts as that.</summary>
    public async Task<string> ReadToEndAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var text = new StringBuilder();
        byte[] buffer = new byte[8192];
        try
        {
            int read;
            while ((read = await _stream.ReadAsync(buffer, patience.Token)) > 0)
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // What was read is what came.
        }

        return text.ToString();
    }

    public void Dispose() => _stream.Dispose();
}
