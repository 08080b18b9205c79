using System.Threading.Channels;
using VisualChat.Model;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Features;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Threading;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// Turns one split of the shards into a stream of updates. It reads row groups, decodes their
/// images and assembles updates, in stages that work ahead of the model and are joined by bounded
/// channels. The samples and their order depend only on the shards, the seed, the epoch and the
/// place in it; the number of workers decides only how soon they come. The model packs samples, so
/// nothing is padded.
/// </summary>
/// <remarks>
/// Memory does not grow with time: two windows of encoded row groups
/// (<see cref="EpochOrder.GroupsPerWindow"/> groups each, one being delivered and one being read),
/// eight decoded samples per worker, and four updates (the reader's, the one it takes next, one
/// that waits, and one that is being assembled). A decoded image takes three bytes per pixel. An
/// image is decoded again for each sample that shows it. With kept features none is decoded, and
/// where they lie is all that waits: they are read when a micro-batch is prepared.
/// </remarks>
internal sealed class ShardDataLoader
{
    private const int UpdatesAhead = 1;

    private readonly RowGroups _groups;
    private readonly DataLoaderSettings _settings;

    internal ShardDataLoader(RowGroups groups, DataLoaderSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.Batch);
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
    /// <param name="split">
    /// <see cref="ShardSet.Train"/> or <see cref="ShardSet.Validation"/>.
    /// </param>
    /// <exception cref="InputException">The split has no samples.</exception>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public static async Task<ShardDataLoader> OpenAsync(
        TrainingShards shards, string split, DataLoaderSettings settings, CancellationToken cancellation)
    {
        if (shards.SamplesIn(split) == 0)
        {
            throw new InputException(
                $"The shards have no samples of the split '{split}'. "
                + "Blend with another data.validation.fraction or more data.");
        }

        RowGroups groups = await RowGroups.OpenAsync(shards.FilesOf(split), cancellation);
        return new ShardDataLoader(groups, settings);
    }

    /// <summary>Delivers the samples of each epoch once, in that epoch's order.</summary>
    /// <param name="from">
    /// The first sample. A training that continues from a checkpoint gives
    /// <see cref="LoadedUpdate.Next"/> of its last update.
    /// </param>
    /// <param name="epochs">
    /// Epochs of the whole training, including those before <paramref name="from"/>.
    /// </param>
    /// <param name="cancellation">
    /// Stops the stages; cancel it when no more updates are taken.
    /// </param>
    /// <returns>
    /// The updates. When a shard, or an image in it, cannot be read,
    /// <see cref="ChannelReader{T}.ReadAllAsync"/> throws a <see cref="WorkException"/> that names
    /// it.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="from"/> is not a place in these shards.
    /// </exception>
    public ChannelReader<LoadedUpdate> Start(LoaderPosition from, int epochs, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from.Epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(from.Sample);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(from.Sample, Samples);
        return Start(from, epochs, ShuffledOrder, cancellation);

        EpochOrder ShuffledOrder(int epoch) => EpochOrder.Shuffled(_groups.RowCounts, _settings.Seed, epoch);
    }

    /// <summary>Delivers every sample once, in the order of the files: for evaluation.</summary>
    /// <param name="cancellation">
    /// Stops the stages; cancel it when no more updates are taken.
    /// </param>
    /// <inheritdoc cref="Start(LoaderPosition, int, CancellationToken)" path="/returns"/>
    public ChannelReader<LoadedUpdate> StartInFileOrder(CancellationToken cancellation) =>
        Start(LoaderPosition.Start, epochs: 1, _ => EpochOrder.OfFiles(_groups.RowCounts), cancellation);

    private ChannelReader<LoadedUpdate> Start(
        LoaderPosition from, int epochs, Func<int, EpochOrder> orderOf, CancellationToken cancellation)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        CancellationToken stopped = stop.Token;
        Channel<LoadedRow> rows = ChannelOf<LoadedRow>(_settings.Workers);
        Channel<LoadedUpdate> updates = ChannelOf<LoadedUpdate>(UpdatesAhead);
        ChannelReader<DecodedSample> decoded = rows.Reader.Then(Decode, _settings.Workers, stopped);
        _ = Task.Run(() => ReadAsync(Windows(), rows.Writer, stopped), CancellationToken.None);
        _ = Task.Run(() => AssembleAsync(decoded, from, epochs, updates.Writer, stop), CancellationToken.None);
        return updates.Reader;

        IEnumerable<RowPlace[]> Windows()
        {
            for (int epoch = from.Epoch; epoch < epochs; epoch++)
            {
                int firstSample = epoch == from.Epoch ? from.Sample : 0;
                foreach (RowPlace[] window in orderOf(epoch).WindowsFrom(firstSample))
                    yield return window;
            }
        }
    }

    private static Channel<T> ChannelOf<T>(int capacity) =>
        Channel.CreateBounded<T>(new BoundedChannelOptions(capacity) { SingleWriter = true });

    // While one window is passed on, the next one is read.
    private async Task ReadAsync(
        IEnumerable<RowPlace[]> windows, ChannelWriter<LoadedRow> output, CancellationToken cancellation)
    {
        try
        {
            Task<LoadedRow?[]> read = Task.FromResult(Array.Empty<LoadedRow?>());
            foreach (RowPlace[] window in windows)
            {
                LoadedRow?[] ready = await read;
                read = Task.Run(() => _groups.ReadAsync(window, cancellation), cancellation);
                await PassOnAsync(ready);
            }

            await PassOnAsync(await read);
            output.Complete();
        }
        catch (Exception exception)
        {
            output.Complete(exception);
        }

        async Task PassOnAsync(LoadedRow?[] rows)
        {
            for (int index = 0; index < rows.Length; index++)
            {
                await output.WriteAsync(rows[index]!, cancellation);

                // Frees each row's images as soon as they are decoded, not at the window's end.
                rows[index] = null;
            }
        }
    }

    private DecodedSample Decode(LoadedRow from)
    {
        TrainingRow row = from.Row;
        LearnedContent content = _settings.Content;
        ModelSample sample = content.SampleOf(row);
        int positions = content.PositionsOf(row);
        return _settings.Features is { } kept
            ? new DecodedSample(row.Id, sample, [], positions) { Features = InOrder(from, FeaturesOf) }
            : new DecodedSample(row.Id, sample, InOrder(from, CropOf), positions);

        byte[] CropOf(int image) => from.CropOf(image, _settings.Frame);

        IImageFeatures FeaturesOf(int image) => kept.Find(ImageKey.Of(row.Images[image].Bytes.Span))
            ?? throw new InputException(
                $"{from.NameOf(image)} is not among the features in '{kept.Root}'. "
                + "Run 'visualchat encode' with these shards and that folder.");
    }

    // Where the model is shown each image of a row.
    private T[] InOrder<T>(LoadedRow from, Func<int, T> of)
    {
        var shown = new T[_settings.Content.ShowsImages ? from.Row.Images.Count : 0];
        for (int image = 0; image < shown.Length; image++)
            shown[_settings.ImageOrder == ImageOrder.Reversed ? shown.Length - 1 - image : image] = of(image);
        return shown;
    }

    private async Task AssembleAsync(
        ChannelReader<DecodedSample> decoded,
        LoaderPosition from,
        int epochs,
        ChannelWriter<LoadedUpdate> output,
        CancellationTokenSource stop)
    {
        try
        {
            LoaderPosition position = PositionAt(from.Epoch, from.Sample);
            while (position.Epoch < epochs)
            {
                var samples = new DecodedSample[Math.Min(_settings.Batch, Samples - position.Sample)];
                for (int index = 0; index < samples.Length; index++)
                    samples[index] = Hide(await decoded.ReadAsync(stop.Token), position.Epoch, position.Sample + index);
                LoadedUpdate update = UpdateOf(samples, position);
                await output.WriteAsync(update, stop.Token);
                position = update.Next;
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

    private DecodedSample Hide(DecodedSample sample, int epoch, int place) => sample with
    {
        Hidden = _settings.Content.HiddenIn(sample.Crops.Length, _settings.Seed, epoch, place),
    };

    private LoadedUpdate UpdateOf(DecodedSample[] samples, LoaderPosition first)
    {
        IReadOnlyList<int[]> cut = _settings.Cut.Of([.. samples.Select(sample => sample.Positions)]);
        LoadedMicroBatch[] microBatches =
            [.. cut.Select(pass => new LoadedMicroBatch([.. pass.Select(index => samples[index])]))];
        LoaderPosition next = PositionAt(first.Epoch, first.Sample + samples.Length);
        return new LoadedUpdate(first.Epoch, first.Sample / _settings.Batch, microBatches, next);
    }

    // The place after an epoch's last sample is the start of the next epoch.
    private LoaderPosition PositionAt(int epoch, int sample) =>
        sample == Samples ? new LoaderPosition(epoch + 1, 0) : new LoaderPosition(epoch, sample);
}
