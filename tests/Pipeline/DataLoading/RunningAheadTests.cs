using System.Threading.Channels;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Tests.DataLoading;

public sealed class RunningAheadTests : IDisposable
{
    private readonly ShardFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_slow_reader_holds_the_stages_back()
    {
        // Two updates of 4 samples, eight results and one sample in each channel come from groups
        // of 4; two more groups are read ahead.
        const int FilesAhead = 9;
        await _folder.WithAsync(ShardSet.Train, [.. Enumerable.Range(0, 40).Select(_ => new[] { 4 })]);
        ShardDataLoader loader = await _folder.LoaderAsync(ShardFolder.Settings(batch: 4, workers: 1));
        using var stop = new CancellationTokenSource();
        ChannelReader<LoadedUpdate> updates = loader.StartInFileOrder(stop.Token);
        await updates.WaitToReadAsync();

        // This is long enough to read all forty files if nothing holds the stages back.
        await Task.Delay(250);
        for (int file = FilesAhead; file < 40; file++)
            File.Delete(_folder.PathOf($"train-{file:00000}-of-00040"));

        var taken = new List<LoadedUpdate>();
        Func<Task> takeAll = async () =>
        {
            await foreach (LoadedUpdate update in updates.ReadAllAsync())
                taken.Add(update);
        };
        await takeAll.Should().ThrowAsync<WorkException>()
            .WithMessage("'*train-00009-of-00040.parquet' cannot be read: *");
        taken.Should().HaveCountLessThanOrEqualTo(FilesAhead);
    }

    [Fact]
    public async Task Cancelling_ends_it()
    {
        await _folder.WithAsync(ShardSet.Train, [4, 4, 4], [4, 4]);
        ShardDataLoader loader = await _folder.LoaderAsync(ShardFolder.Settings(batch: 2));
        using var stop = new CancellationTokenSource();
        ChannelReader<LoadedUpdate> updates = loader.Start(LoaderPosition.Start, epochs: int.MaxValue, stop.Token);
        await updates.ReadAsync();
        await stop.CancelAsync();

        Func<Task> readAll = () => ShardFolder.ReadAllAsync(updates);
        await readAll.Should().ThrowAsync<OperationCanceledException>();
    }
}
