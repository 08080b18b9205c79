namespace VisualChat.Pipeline.Serving;

/// <summary>
/// How much the server takes from its clients. A request beyond a limit gets a 4xx that names it.
/// </summary>
internal sealed record ServeLimits
{
    /// <summary>Bytes of a request's body.</summary>
    public long BodyBytes { get; init; } = 64_000_000;

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
