using System.Net;

namespace VisualChat.Pipeline.Serving;

/// <summary>Where the server listens, and to whom.</summary>
internal sealed record ServeSettings
{
    /// <summary>The address it listens at.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any that is free.</summary>
    public int Port { get; init; } = 8000;

    /// <summary>
    /// What clients must send; null for nothing, which only a loopback address may have.
    /// </summary>
    public string? ApiKey { get; init; }

    /// <summary>Hosts that images may be fetched from, by their exact names.</summary>
    public IReadOnlyList<string> ImageHosts { get; init; } = [];

    /// <summary>How much is taken from clients.</summary>
    public ServeLimits Limits { get; init; } = new();

    /// <summary>How long running answers may take when the server is asked to stop.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}
