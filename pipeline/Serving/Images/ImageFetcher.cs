using System.Net;
using System.Net.Sockets;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Images;

/// <summary>
/// Fetches images from the hosts that were named at the start and from no others: not after a
/// redirect, and not from a private address behind a public name. A host that was named by its
/// address, or as <c>localhost</c>, may be private, because it was meant. Thread safe.
/// </summary>
internal sealed class ImageFetcher : IDisposable
{
    private const int MaxRedirects = 3;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private readonly HashSet<string> _hosts;
    private readonly int _mostBytes;
    private readonly HttpClient _client;

    /// <param name="hosts">The exact names of the hosts.</param>
    /// <param name="mostBytes">Bytes beyond which an image is refused.</param>
    public ImageFetcher(IReadOnlyList<string> hosts, int mostBytes)
    {
        _hosts = new HashSet<string>(hosts, StringComparer.OrdinalIgnoreCase);
        _mostBytes = mostBytes;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = ConnectAsync,
        };
        _client = new HttpClient(handler) { Timeout = Timeout };
    }

    /// <param name="url">Where the image is.</param>
    /// <param name="path">The request's field with the URL.</param>
    /// <param name="lease">Pays for the image.</param>
    /// <param name="cancellation">Stops fetching.</param>
    /// <exception cref="ApiException">
    /// The host is not allowed, does not answer well or in time, or sends too much.
    /// </exception>
    /// <returns>The image, its bytes taken of the lease.</returns>
    public async Task<byte[]> FetchAsync(Uri url, string path, BodyLease lease, CancellationToken cancellation)
    {
        try
        {
            for (int redirects = 0; redirects <= MaxRedirects; redirects++)
            {
                CheckHost(url, path);
                using HttpResponseMessage response =
                    await _client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellation);
                if (RedirectOf(response) is { } location)
                {
                    url = new Uri(url, location);
                    CheckScheme(url, path);
                    continue;
                }

                if (!response.IsSuccessStatusCode)
                    throw Refused(path, $"{url.IdnHost} answers with status {(int)response.StatusCode}.");
                return await ReadAsync(response.Content, path, lease, cancellation);
            }

            throw Refused(path, $"{url.IdnHost} leads from one place to the next.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Refused(path, $"{url.IdnHost} cannot be reached.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Refused(path, $"{url.IdnHost} took longer than {Timeout.TotalSeconds:N0} s.");
        }
    }

    public void Dispose() => _client.Dispose();

    private void CheckHost(Uri url, string path)
    {
        if (_hosts.Contains(url.IdnHost))
            return;
        throw Refused(
            path,
            _hosts.Count == 0
                ? "images are not fetched here; send the image itself as a data URI."
                : $"images are not fetched from {url.IdnHost}.");
    }

    private static void CheckScheme(Uri url, string path)
    {
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
            throw Refused(path, "the image's host leads to no other web page.");
    }

    private static Uri? RedirectOf(HttpResponseMessage response) =>
        (int)response.StatusCode is >= 300 and < 400 ? response.Headers.Location : null;

    private async Task<byte[]> ReadAsync(
        HttpContent content, string path, BodyLease lease, CancellationToken cancellation)
    {
        // The client's own timeout covers only the headers.
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(Timeout);
        using var bytes = new MemoryStream();
        await using Stream stream = await content.ReadAsStreamAsync(timeout.Token);
        byte[] buffer = new byte[81_920];
        int read;
        while ((read = await stream.ReadAsync(buffer, timeout.Token)) > 0)
        {
            if (bytes.Length + read > _mostBytes)
            {
                throw ApiException.WrongValue(
                    path, $"the image has more than {_mostBytes:N0} bytes.", "image_too_large");
            }

            await lease.TakeAsync(read);
            bytes.Write(buffer, 0, read);
        }

        return bytes.ToArray();
    }

    // Connects to the address that was checked: a name cannot lead elsewhere between the two.
    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        string host = context.DnsEndPoint.Host;
        bool isMeant = IPAddress.TryParse(host, out _)
            || host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(host, cancellation);
        IPAddress[] allowed = isMeant ? addresses : [.. addresses.Where(PublicAddress.IsPublic)];
        if (allowed.Length == 0)
            throw new HttpRequestException("No public address.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            if (exception is SocketException)
                throw new HttpRequestException("No connection.", exception);
            throw;
        }
    }

    private static ApiException Refused(string path, string why) =>
        ApiException.WrongValue(path, why, "invalid_image_url");
}
