namespace VisualChat.Pipeline.Storage;

/// <summary>
/// The most bytes that files of a sort have. What is larger is not what it is taken for, and is not
/// read into memory. A file that is read in pieces (annotations, Parquet, weights) has no limit.
/// </summary>
internal static class FileLimits
{
    /// <summary>A recipe has some kilobytes.</summary>
    public const long Recipe = 1 << 20;

    /// <summary>
    /// <c>state.json</c>, <c>manifest.json</c>, <c>config.json</c>: a line for each file or key.
    /// </summary>
    public const long Document = 64 << 20;

    /// <summary>Some ten million updates.</summary>
    public const long TrainingLog = 2L << 30;

    /// <summary>The largest vocabularies take a tenth of it.</summary>
    public const long Tokenizer = 256 << 20;

    /// <summary>
    /// More than a camera writes for any image of <c>ImageProbe.MaxPixels</c>.
    /// </summary>
    public const long Image = 256_000_000;

    /// <summary>More than a million questions.</summary>
    public const long Questions = 256_000_000;
}
