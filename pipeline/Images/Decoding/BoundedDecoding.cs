using System.Collections.Concurrent;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>
/// Runs managed decoders so that every one ends: in an image, in an
/// <see cref="UnusableImageException"/> whatever the decoder throws, or after a time that no honest
/// image needs.
/// </summary>
/// <remarks>
/// .NET cannot stop a thread. A decode that does not end in time is left to its thread, which keeps
/// a core busy in the background until the program ends. After <see cref="MostLost"/> of them
/// nothing is decoded any more: somebody sends such images on purpose. Handing an image to the
/// thread and back takes some 20 microseconds.
/// </remarks>
internal sealed class BoundedDecoding
{
    public const int MostLost = 4;

    // The time depends on the image alone and is a hundred times what the slowest format takes on a
    // busy machine, so that it never decides what a blend holds.
    private static readonly TimeSpan BaseTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TimePerMegapixel = TimeSpan.FromSeconds(10);

    private readonly ConcurrentBag<DecodingThread> _idle = [];
    private int _lost;

    /// <summary>The one of this process.</summary>
    public static BoundedDecoding Shared { get; } = new();

    /// <summary>Runs a decoder.</summary>
    /// <exception cref="UnusableImageException">It failed, or did not end in time.</exception>
    /// <exception cref="WorkException">Too many decodes have not ended.</exception>
    public RgbxImage Run(ImageHeader header, Func<RgbxImage> decode) =>
        Run(header, BaseTime + (TimePerMegapixel * ((double)header.Width * header.Height / 1e6)), decode);

    public RgbxImage Run(ImageHeader header, TimeSpan limit, Func<RgbxImage> decode)
    {
        if (Volatile.Read(ref _lost) >= MostLost)
        {
            throw new WorkException(
                $"Decoding {MostLost} images did not end: they were made to keep the program busy. "
                + "Take them out, and start the program again.");
        }

        if (!_idle.TryTake(out DecodingThread? thread))
            thread = new DecodingThread();
        if (!thread.TryRun(decode, limit, out RgbxImage? image, out Exception? failure))
        {
            Interlocked.Increment(ref _lost);
            throw ImageProbe.Damaged(header.Format, $"does not decode in {limit.TotalSeconds:N0} seconds");
        }

        _idle.Add(thread);
        return failure switch
        {
            null => image!,
            UnusableImageException unusable => throw unusable,
            _ => throw ImageProbe.Damaged(header.Format, $"does not decode: {FirstLine(failure.Message)}"),
        };
    }

    private static string FirstLine(string message) =>
        message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault("");
}
