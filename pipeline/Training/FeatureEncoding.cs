using System.Threading.Channels;
using VisualChat.Model;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Features;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Threading;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// Encodes those images of shards whose features a folder does not have yet, each once, in the
/// order of the shards. A run that was killed loses the file it was about to write; the next one
/// encodes what is missing.
/// </summary>
/// <remarks>
/// Images are read, hashed and decoded by other threads, and a file is written while the next one
/// is encoded. Memory: two files (<see cref="FeatureFileWriter.FileBytes"/> each), a row group,
/// some decoded images a worker, and 60 bytes for each distinct image. Lower bound: the tower's own
/// time.
/// </remarks>
internal sealed class FeatureEncoding
{
    private readonly FeatureFolder _folder;
    private readonly ShardImages _images;
    private readonly ImageCensus _census;
    private readonly string _planFingerprint;
    private readonly ImageFrame _frame;

    private FeatureEncoding(
        FeatureFolder folder, ShardImages images, ImageCensus census, string planFingerprint, ImageFrame frame)
    {
        _folder = folder;
        _images = images;
        _census = census;
        _planFingerprint = planFingerprint;
        _frame = frame;
    }

    /// <summary>What it takes and what is there, for the user.</summary>
    public string Plan
    {
        get
        {
            string kept = _census.Distinct == _census.Missing.Count
                ? ""
                : $" ({_census.Distinct - _census.Missing.Count:N0} are there)";
            return $"Features of {_census.Distinct:N0} images, which samples show {_census.Shown:N0} times{kept}: "
                + $"{Size(Bytes)} to write, {string.Join(" x ", _folder.Manifest.Kind.Shape)} "
                + $"{_folder.Manifest.Kind.Dtype} each; {Size(Free)} are free in '{_folder.Root}'.";
        }
    }

    /// <summary>Images to encode.</summary>
    public int ToDo => _census.Missing.Count;

    /// <summary>What was found in the shards.</summary>
    public ImageCensus Census => _census;

    /// <summary>Bytes to write.</summary>
    public long Bytes => (long)ToDo * (_folder.BytesEach + (2 * ImageKey.Bytes));

    private long Free => new DriveInfo(_folder.Root).AvailableFreeSpace;

    /// <summary>Counts what is to do.</summary>
    /// <param name="folder">Where the features go; the caller has its lock.</param>
    /// <param name="shards">The images, checked.</param>
    /// <param name="frame">What the tower sees of an image.</param>
    /// <param name="progress">
    /// Told row groups counted, and all; called from several threads.
    /// </param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="WorkException">
    /// A shard cannot be read, or the disk has less room than the features take.
    /// </exception>
    public static async Task<FeatureEncoding> PrepareAsync(
        FeatureFolder folder,
        TrainingShards shards,
        ImageFrame frame,
        Action<int, int> progress,
        CancellationToken cancellation)
    {
        ShardImages images = await ShardImages.OpenAsync(shards, cancellation);
        ImageCensus census = await images.CountAsync(folder.Contains, progress, cancellation);
        var encoding = new FeatureEncoding(folder, images, census, shards.Manifest.PlanFingerprint, frame);
        return encoding.Bytes <= encoding.Free
            ? encoding
            : throw new WorkException($"{encoding.Plan} Make room, or name a folder on another disk.");
    }

    /// <summary>Encodes, on a thread of its own.</summary>
    /// <param name="description">The model, whose tower is loaded and nothing else.</param>
    /// <param name="progress">Told the number of images done.</param>
    /// <param name="cancellation">Writes what is encoded, and stops.</param>
    /// <exception cref="InputException">An image does not decode.</exception>
    /// <exception cref="WorkException">The storage failed.</exception>
    public async Task RunAsync(ModelDescription description, Action<int> progress, CancellationToken cancellation)
    {
        if (ToDo > 0)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            try
            {
                ChannelReader<Decoded> decoded = MissingImages(stop.Token)
                    .Then(image => new Decoded(image.Key, image.From.CropOf(image.Index, _frame)),
                        Environment.ProcessorCount,
                        stop.Token);
                await OwnThread.Run(() => Encode(decoded, description, progress, cancellation));
            }
            finally
            {
                await stop.CancelAsync();
            }
        }

        _folder.AddBlend(_planFingerprint);
    }

    private static string Size(long bytes) => bytes < 10_000_000_000
        ? $"{bytes / 1e6:N1} MB"
        : $"{bytes / 1e9:N1} GB";

    private ChannelReader<ShownImage> MissingImages(CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<ShownImage>(Environment.ProcessorCount);
        _ = Task.Run(ReadAsync, CancellationToken.None);
        return channel.Reader;

        async Task ReadAsync()
        {
            try
            {
                var waiting = new HashSet<ImageKey>(_census.Missing);
                await foreach (ShownImage image in _images.ReadAsync(cancellation))
                {
                    if (waiting.Remove(image.Key))
                        await channel.Writer.WriteAsync(image, cancellation);
                    if (waiting.Count == 0)
                        break;
                }

                channel.Writer.Complete();
            }
            catch (Exception exception)
            {
                channel.Writer.Complete(exception);
            }
        }
    }

    private void Encode(
        ChannelReader<Decoded> decoded,
        ModelDescription description,
        Action<int> progress,
        CancellationToken cancellation)
    {
        using var encoder = VisionEncoder.Create(description);
        FeatureFileWriter filling = NewWriter(), spare = NewWriter();
        Task writing = Task.CompletedTask;
        int done = 0;
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                List<Decoded> batch = Take(decoded, Math.Min(encoder.BatchImages, filling.Room));
                if (batch.Count == 0)
                    break;
                Memory<byte> room = filling.Add([.. batch.Select(image => image.Key)]);
                encoder.Encode([.. batch.Select(image => (ReadOnlyMemory<byte>)image.Crop)], room);
                progress(done += batch.Count);
                if (filling.Room == 0)
                    WriteFilled();
            }

            WriteFilled();
        }
        finally
        {
            writing.GetAwaiter().GetResult();
        }

        cancellation.ThrowIfCancellationRequested();

        void WriteFilled()
        {
            writing.GetAwaiter().GetResult();
            (FeatureFileWriter full, filling, spare) = (filling, spare, filling);
            if (!full.IsEmpty)
                writing = Task.Run(() => _folder.Add(full), CancellationToken.None);
        }

        FeatureFileWriter NewWriter() => new(_folder.Manifest.Kind, _folder.BytesEach);
    }

    private static List<Decoded> Take(ChannelReader<Decoded> decoded, int most)
    {
        var batch = new List<Decoded>(most);
        while (batch.Count < most)
        {
            if (decoded.TryRead(out Decoded? image))
                batch.Add(image);
            else if (!decoded.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
                break;
        }

        return batch;
    }

    /// <summary>An image that is decoded.</summary>
    /// <param name="Crop">[S, S, 3]</param>
    private sealed record Decoded(ImageKey Key, byte[] Crop);
}
