namespace VisualChat.Pipeline.Serving;

/// <summary>
/// How much the server takes from its clients. A request beyond a limit gets a 4xx that names it.
/// </summary>
internal sealed record ServeLimits
{
    /// <summary>Bytes of a request's body.</summary>
    public long BodyBytes { get; init; } = 64_000_000;

    /// <summary>
    /// Bytes of all bodies at once, beyond 64 KiB of each, until their images are prepared. A body
    /// of the most bytes always fits.
    /// </summary>
    public long AllBodiesBytes => Math.Max(256_000_000, 2 * BodyBytes);

    /// <summary>How long a body may take to arrive.</summary>
    public TimeSpan BodyDeadline { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Bytes of a body that must arrive in a second, on average.</summary>
    public double BodyBytesPerSecond { get; init; } = 1000;

    /// <summary>Bytes of an answer that a client must read in a second, on average.</summary>
    public double AnswerBytesPerSecond { get; init; } = 240;

    /// <summary>How long either may be slower.</summary>
    public TimeSpan RateGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the headers of a request may take.</summary>
    public TimeSpan HeadersDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a connection may stay open between requests, and before the first.
    /// </summary>
    public TimeSpan IdleConnection { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Connections at once; further ones are closed.</summary>
    public int Connections { get; init; } = 512;

    /// <summary>Bytes of one encoded image.</summary>
    public int ImageBytes { get; init; } = 20_000_000;

    /// <summary>Pixels of one image.</summary>
    public long ImagePixels { get; init; } = 50_000_000;

    /// <summary>Images of one conversation.</summary>
    public int Images { get; init; } = 32;

    /// <summary>Messages of one conversation.</summary>
    public int Messages { get; init; } = 256;

    /// <summary>Answers that are computed at a time, one token of each in turn.</summary>
    public int SideBySide { get; init; } = 4;

    /// <summary>Requests beyond those, which wait.</summary>
    public int Waiting { get; init; } = 32;
}
