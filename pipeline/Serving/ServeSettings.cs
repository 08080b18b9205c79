using System.Net;

namespace VisualChat.Pipeline.Serving;

/// <summary>Where the server listens, and to whom.</summary>
internal sealed record ServeSettings
{
    /// <summary>The address it listens at.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0: any that is free.</summary>
    public int Port { get; init; } = 8000;

    /// <summary>What clients must show; null: nothing, which only a loopback address may have.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Hosts that images may be fetched from, each by its exact name.</summary>
    public IReadOnlyList<string> ImageHosts { get; init; } = [];

    /// <summary>How much is taken from clients.</summary>
    public ServeLimits Limits { get; init; } = new();

    /// <summary>How long answers may go on when the server is asked to stop.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);
}
