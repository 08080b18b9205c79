using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>
/// Decides who may come in. With an API key: clients that send it. Without one the server listens
/// on a loopback address, which every page in the user's browser can reach too. So the request must
/// be for a loopback name, because a page that rebinds its own name asks for that name, and it must
/// not come from another site's page.
/// </summary>
/// <param name="apiKey">The key; null for none.</param>
internal sealed class AccessGuard(string? apiKey)
{
    private const string Scheme = "Bearer ";

    private readonly byte[]? _keyHash = apiKey is null ? null : Hash(apiKey);

    /// <summary>Refuses a request that another site's page may have made.</summary>
    /// <exception cref="ApiException">403.</exception>
    public void CheckSite(HttpRequest request)
    {
        if (_keyHash is not null)
            return;
        if (!IsLoopback(request.Host))
        {
            throw Forbidden(
                "The Host header is for another machine's name. " +
                "Without an API key only localhost, 127.0.0.1 and [::1] are answered.");
        }

        if (request.Headers.Origin is { Count: > 0 } origin && !IsOwn(origin, request.Host))
        {
            throw Forbidden(
                "Pages of other sites may not use this server. " +
                "Start it with --api-key to let programs of other origins in.");
        }
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
            throw InvalidKey(
                "You didn't provide an API key. Send it in an Authorization header, as 'Authorization: Bearer KEY'.");
        }

        // Compares hashes, so that the length of what was sent does not matter.
        if (!CryptographicOperations.FixedTimeEquals(Hash(shown[Scheme.Length..].Trim()), _keyHash))
            throw InvalidKey("Incorrect API key provided.");
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private static bool IsLoopback(HostString host) =>
        host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static bool IsOwn(string? origin, HostString host) =>
        string.Equals(origin, $"http://{host.Value}", StringComparison.OrdinalIgnoreCase);

    private static ApiException Forbidden(string message) => new(403, message) { Code = "forbidden" };

    private static ApiException InvalidKey(string message) => new(401, message) { Code = "invalid_api_key" };
}
