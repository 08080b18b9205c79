namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>Bytes in a unit that is easily read; a kilobyte is 1,000 of them.</summary>
internal static class ByteCount
{
    public static string Of(long bytes) => bytes switch
    {
        < 1_000 => $"{bytes} bytes",
        < 1_000_000 => $"{bytes / 1e3:0.#} kB",
        < 1_000_000_000 => $"{bytes / 1e6:0.#} MB",
        _ => $"{bytes / 1e9:0.##} GB",
    };
}
