using Microsoft.Win32.SafeHandles;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// An unfinished shard. It gathers samples into row groups and writes each group while the next is
/// gathered, so that the stages before wait neither for Parquet nor for the disk. Finishing (the
/// last group, the footer, what is still to be hashed and written) may run while the next shard is
/// gathered. Holds two row groups at most.
/// </summary>
internal sealed class ShardBuilder : IAsyncDisposable
{
    /// <summary>
    /// Image bytes after which a row group is closed. Two groups are in memory at a time, one of
    /// them also as Parquet pages.
    /// </summary>
    private const long RowGroupImageBytes = 8_000_000;

    private const int RowGroupRows = 1_000;

    private readonly PlannedShard _shard;
    private readonly string _unfinishedPath;
    private readonly ShardTally _tally;
    private readonly SafeFileHandle _file;
    private readonly HashedFileStream _stream;
    private ShardFileWriter? _writer;
    private Task _writing = Task.CompletedTask;
    private List<SampleRow> _rows = [];
    private List<PreparedImage> _images = [];
    private long _imageBytes;

    /// <summary>Opens the shard's file under its temporary name.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="unfinishedPath">Where it is made.</param>
    /// <param name="tally">Adds it up.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public ShardBuilder(PlannedShard shard, string unfinishedPath, ShardTally tally)
    {
        (_shard, _unfinishedPath, _tally) = (shard, unfinishedPath, tally);
        _file = AtomicFile.OpenUnfinished(unfinishedPath, FileOptions.None);
        _stream = new HashedFileStream(_file);
    }

    /// <summary>
    /// Adds the next sample, whose images are released once they are written. Waits only where two
    /// row groups are full.
    /// </summary>
    /// <exception cref="IOException">The storage failed.</exception>
    public async ValueTask AddAsync(RenderedSample sample, CancellationToken cancellation)
    {
        _tally.Add(sample);
        _images.AddRange(sample.Images);
        if (sample.Row is not { } row)
            return;
        _rows.Add(row);
        _imageBytes += row.Images.Sum(image => (long)image.Bytes.Length);
        if (_imageBytes < RowGroupImageBytes && _rows.Count < RowGroupRows)
            return;
        await _writing;
        (List<SampleRow> group, List<PreparedImage> images) = (_rows, _images);
        _writing = Task.Run(() => WriteGroupAsync(group, images, cancellation), cancellation);
        (_rows, _images, _imageBytes) = ([], [], 0);
    }

    /// <summary>Writes the remaining rows, and gives the shard its final name.</summary>
    /// <param name="folder">Where it appears.</param>
    /// <param name="planFingerprint">The plan it belongs to.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public async Task<ShardAccount> FinishAsync(
        OutputFolder folder, string planFingerprint, CancellationToken cancellation)
    {
        await _writing;
        await WriteGroupAsync(_rows, _images, cancellation);
        await _writer!.DisposeAsync();
        string sha256 = await _stream.FinishAsync();
        ShardAccount account = _tally.ToAccount(planFingerprint, _shard, _stream.Length, sha256);
        _file.Dispose();
        folder.Publish(_shard, _unfinishedPath, account);
        return account;
    }

    /// <summary>Closes the file. An unfinished shard keeps its temporary name.</summary>
    public async ValueTask DisposeAsync()
    {
        // If it failed, that was thrown where it was awaited, or the run has failed before.
        await Task.WhenAny(_writing);
        await _stream.DisposeAsync();
        _file.Dispose();
    }

    private async Task WriteGroupAsync(
        List<SampleRow> rows, List<PreparedImage> images, CancellationToken cancellation)
    {
        _writer ??= await ShardFileWriter.CreateAsync(_stream, cancellation);
        await _writer.WriteRowGroupAsync(rows, cancellation);
        foreach (PreparedImage image in images)
            image.Bytes?.Release();
    }
}
