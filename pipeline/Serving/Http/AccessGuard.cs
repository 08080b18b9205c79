using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>
/// Who may come in. With a key: who shows it. Without one the server listens on a loopback address, where every page in the user's browser reaches it too, so the
/// request must be for a loopback name (a page of a rebound name asks for its own) and from no other page than the server's own.
/// </summary>
/// <param name="apiKey">The key; null: none.</param>
internal sealed class AccessGuard(string? apiKey)
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? _keyHash = apiKey is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(apiKey));

    /// <summary>Whether clients must show a key.</summary>
    public bool HasKey => _keyHash is not null;

    /// <summary>Refuses a request that another site's page may have made.</summary>
    /// <exception cref="ApiException">403.</exception>
    public void CheckSite(HttpRequest request)
    {
        if (HasKey)
            return;
        if (!IsLoopback(request.Host))
            throw Forbidden($"The Host header is for another machine's name. Without an API key only localhost, 127.0.0.1 and [::1] are answered.");
        if (request.Headers.Origin is { Count: > 0 } origin && !IsOwn(origin, request.Host))
            throw Forbidden("Pages of other sites may not use this server. Start it with --api-key to let programs of other origins in.");
    }

    /// <summary>Refuses a request without the key.</summary>
    /// <exception cref="ApiException">401.</exception>
    public void CheckKey(HttpRequest request)
    {
        if (_keyHash is null)
            return;
        string? shown = request.Headers.Authorization;
        if (shown is null || !shown.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new ApiException(401, "You didn't provide an API key. Send it in an Authorization header, as 'Authorization: Bearer KEY'.") { Code = "invalid_api_key" };
        }

        // Hashes have one length, whatever was shown.
        if (!CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(shown[Scheme.Length..].Trim())), _keyHash))
            throw new ApiException(401, "Incorrect API key provided.") { Code = "invalid_api_key" };
    }

    private static bool IsLoopback(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static bool IsOwn(string? origin, HostString host) => string.Equals(origin, $"http://{host.Value}", StringComparison.OrdinalIgnoreCase);

    private static ApiException Forbidden(string message) => new(403, message) { Code = "forbidden" };
}
