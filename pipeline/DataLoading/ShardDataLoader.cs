using System.Threading.Channels;
using VisualChat.Model;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Threading;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// One split of the shards as a stream of updates: read row groups → decode images → assemble,
/// stages over bounded channels that work ahead of the model. What is delivered, and in which
/// order, is a function of the shards, the seed, the epoch and the place in it; workers only decide
/// how soon. The model packs samples, so nothing is padded, and samples are not sorted by length:
/// that would put the long ones into one forward pass, whose memory is the training's peak.
/// </summary>
/// <remarks>
/// Memory, however long it runs: two windows of encoded row groups
/// (<see cref="EpochOrder.GroupsPerWindow"/> groups each, one being delivered and one being read),
/// eight decoded samples for each worker, and three updates: the reader's, one that waits, and one
/// that is being assembled. A decoded image is three bytes a pixel; it becomes floats only in
/// <see cref="LoadedMicroBatch.WritePixels"/>. An image is decoded again for each sample that shows
/// it.
/// </remarks>
internal sealed class ShardDataLoader
{
    private const int UpdatesAhead = 1;

    private readonly RowGroups _groups;
    private readonly DataLoaderSettings _settings;

    internal ShardDataLoader(RowGroups groups, DataLoaderSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.Batch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.MicroBatch);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.Workers);
        _groups = groups;
        _settings = settings;
        Samples = groups.RowCounts.Sum();
    }

    /// <summary>Samples of an epoch.</summary>
    public int Samples { get; }

    /// <summary>Updates of an epoch; the last may be smaller than the others.</summary>
    public int UpdatesPerEpoch => (Samples + _settings.Batch - 1) / _settings.Batch;

    /// <summary>Opens a split; reads each file's footer.</summary>
    /// <param name="shards">The shards.</param>
    /// <param name="split">
    /// <see cref="ShardSet.Train"/> or <see cref="ShardSet.Validation"/>.
    /// </param>
    /// <param name="settings">How it is loaded.</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="InputException">The split has no samples.</exception>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public static async Task<ShardDataLoader> OpenAsync(TrainingShards shards, string split, DataLoaderSettings settings, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(shards);
        ArgumentNullException.ThrowIfNull(settings);
        if (shards.SamplesIn(split) == 0)
            throw new InputException($"The shards have no samples of the split '{split}'. Blend with another data.validation.fraction or more data.");
        return new ShardDataLoader(await RowGroups.OpenAsync(shards.FilesOf(split), ct), settings);
    }

    /// <summary>Delivers the samples of each epoch once, in that epoch's order.</summary>
    /// <param name="from">
    /// The first sample: of a checkpoint, <see cref="LoadedUpdate.Next"/> of its last update.
    /// </param>
    /// <param name="epochs">
    /// Epochs of the whole training, those before <paramref name="from"/> counted.
    /// </param>
    /// <param name="ct">Stops the stages; cancel it when no more updates are taken.</param>
    /// <returns>
    /// The updates. Where a shard or an image in it cannot be read,
    /// <see cref="ChannelReader{T}.ReadAllAsync"/> throws a <see cref="WorkException"/> that names
    /// it.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="from"/> is not a place in these shards.
    /// </exception>
    public ChannelReader<LoadedUpdate> Start(LoaderPosition from, int epochs, CancellationToken ct)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from.Epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(from.Sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from.Sample, Samples);
        return Start(from, epochs, epoch => EpochOrder.Shuffled(_groups.RowCounts, _settings.Seed, epoch), ct);
    }

    /// <summary>Delivers every sample once, in the order of the files: for evaluation.</summary>
    /// <param name="ct">Stops the stages; cancel it when no more updates are taken.</param>
    /// <inheritdoc cref="Start(LoaderPosition, int, CancellationToken)" path="/returns"/>
    public ChannelReader<LoadedUpdate> StartInFileOrder(CancellationToken ct) =>
        Start(LoaderPosition.Start, epochs: 1, _ => EpochOrder.OfFiles(_groups.RowCounts), ct);

    private ChannelReader<LoadedUpdate> Start(LoaderPosition from, int epochs, Func<int, EpochOrder> orderOf, CancellationToken ct)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        CancellationToken stopped = stop.Token;
        var rows = Channel.CreateBounded<LoadedRow>(new BoundedChannelOptions(_settings.Workers) { SingleWriter = true });
        var updates = Channel.CreateBounded<LoadedUpdate>(new BoundedChannelOptions(UpdatesAhead) { SingleWriter = true });
        ChannelReader<DecodedSample> decoded = rows.Reader.Then(Decode, _settings.Workers, stopped);
        _ = Task.Run(() => ReadAsync(Windows(), rows.Writer, stopped), CancellationToken.None);
        _ = Task.Run(() => AssembleAsync(decoded, from, epochs, updates.Writer, stop), CancellationToken.None);
        return updates.Reader;

        IEnumerable<RowPlace[]> Windows()
        {
            for (int epoch = from.Epoch; epoch < epochs; epoch++)
            {
                foreach (RowPlace[] window in orderOf(epoch).WindowsFrom(epoch == from.Epoch ? from.Sample : 0))
                    yield return window;
            }
        }
    }

    // The next window is read while one is passed on.
    private async Task ReadAsync(IEnumerable<RowPlace[]> windows, ChannelWriter<LoadedRow> output, CancellationToken ct)
    {
        try
        {
            Task<LoadedRow?[]> read = Task.FromResult(Array.Empty<LoadedRow?>());
            foreach (RowPlace[] window in windows)
            {
                LoadedRow?[] ready = await read;
                read = Task.Run(() => _groups.ReadAsync(window, ct), ct);
                await HandOnAsync(ready);
            }

            await HandOnAsync(await read);
            output.Complete();
        }
        catch (Exception exception)
        {
            output.Complete(exception);
        }

        async Task HandOnAsync(LoadedRow?[] rows)
        {
            for (int index = 0; index < rows.Length; index++)
            {
                await output.WriteAsync(rows[index]!, ct);
                rows[index] = null; // What is handed on is not held here until the window ends.
            }
        }
    }

    private DecodedSample Decode(LoadedRow from)
    {
        TrainingRow row = from.Row;
        byte[][] crops = new byte[row.Images.Count][];
        for (int image = 0; image < crops.Length; image++)
        {
            try
            {
                crops[image] = StoredImage.ToRgb(row.Images[image].Bytes.Span, _settings.ImageSize);
            }
            catch (UnusableImageException exception)
            {
                throw new WorkException(
                    $"'{from.File}': image {image + 1} of sample '{row.Id}' ({row.Images[image].Path}) does not decode ({exception.Message}). "
                    + "Take it out of the data, or set images.store to resized, which leaves such records out, and blend again with --fresh.",
                    exception);
            }
        }

        return new DecodedSample(row.Id, new ModelSample(row.InputIds, row.Labels), crops, row.SequenceTokens);
    }

    private async Task AssembleAsync(
        ChannelReader<DecodedSample> decoded, LoaderPosition from, int epochs, ChannelWriter<LoadedUpdate> output, CancellationTokenSource stop)
    {
        try
        {
            LoaderPosition next = from.Sample == Samples ? new LoaderPosition(from.Epoch + 1, 0) : from;
            while (next.Epoch < epochs)
            {
                var samples = new DecodedSample[Math.Min(_settings.Batch, Samples - next.Sample)];
                for (int index = 0; index < samples.Length; index++)
                    samples[index] = await decoded.ReadAsync(stop.Token);
                LoaderPosition first = next;
                int end = first.Sample + samples.Length;
                next = end == Samples ? new LoaderPosition(first.Epoch + 1, 0) : first with { Sample = end };
                LoadedMicroBatch[] microBatches = [.. samples.Chunk(_settings.MicroBatch).Select(chunk => new LoadedMicroBatch(chunk, _settings.ImageSize))];
                await output.WriteAsync(new LoadedUpdate(first.Epoch, first.Sample / _settings.Batch, microBatches, next), stop.Token);
            }

            output.Complete();
        }
        catch (ChannelClosedException exception)
        {
            output.Complete(exception.InnerException ?? exception);
        }
        catch (Exception exception)
        {
            output.Complete(exception);
        }
        finally
        {
            // Ends the earlier stages, which may be waiting for room in a channel.
            await stop.CancelAsync();
            stop.Dispose();
        }
    }
}
