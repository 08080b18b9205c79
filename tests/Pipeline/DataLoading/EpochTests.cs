using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Tests.DataLoading;

public sealed class EpochTests : IDisposable
{
    // 22 row groups make three windows, each with its rows shuffled together.
    private static readonly int[][] Files =
    [
        [3, 1, 4],
        [1, 5, 9, 2, 6],
        [5, 3, 5],
        [8, 9, 7, 9, 3, 2, 3],
        [8, 4, 6, 2],
    ];

    private readonly ShardFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_row_comes_once_in_each_epoch()
    {
        ShardDataLoader loader = await LoaderAsync(ShardFolder.Settings(batch: 7));
        List<LoadedUpdate> updates = await ShardFolder.UpdatesAsync(loader, LoaderPosition.Start, epochs: 3);

        string[] all = [.. Files.SelectMany((groups, file) => groups.SelectMany((rows, group) =>
            Enumerable.Range(0, rows).Select(row => $"train-{file}-{group}-{row}")))];
        loader.Samples.Should().Be(105);
        for (int epoch = 0; epoch < 3; epoch++)
            ShardFolder.Ids(updates.Where(update => update.Epoch == epoch)).Should().BeEquivalentTo(all);
    }

    [Fact]
    public async Task Each_epoch_has_an_order_of_its_own_which_the_seed_decides()
    {
        ShardDataLoader loader = await LoaderAsync(ShardFolder.Settings(batch: 35));
        string[] first = await IdsAsync(loader, epoch: 0);
        string[] second = await IdsAsync(loader, epoch: 1);
        ShardDataLoader other = await _folder.LoaderAsync(ShardFolder.Settings(batch: 35, seed: 2));

        second.Should().NotEqual(first);
        (await IdsAsync(other, epoch: 0)).Should().NotEqual(first);
        first.Take(6).Should().Equal(
            "train-0-0-2", "train-2-2-4", "train-3-2-2", "train-3-3-3", "train-4-2-3", "train-0-0-0");
    }

    [Fact]
    public async Task Neighbours_in_a_row_group_are_drawn_apart()
    {
        string[] ids = await IdsAsync(await LoaderAsync(ShardFolder.Settings(batch: 35)), epoch: 0);

        int neighbours = ids.Zip(ids.Skip(1)).Count(pair => GroupOf(pair.First) == GroupOf(pair.Second));
        neighbours.Should().BeLessThan(30);

        static string GroupOf(string id) => id[..id.LastIndexOf('-')];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task The_number_of_workers_changes_nothing(int workers)
    {
        DataLoaderSettings settings = ShardFolder.Settings(batch: 10, microBatch: 3, workers: 2);
        ShardDataLoader two = await LoaderAsync(settings);
        ShardDataLoader others = await _folder.LoaderAsync(settings with { Workers = workers });
        List<LoadedUpdate> updatesOfTwo = await ShardFolder.UpdatesAsync(two, LoaderPosition.Start, epochs: 2);
        List<LoadedUpdate> updatesOfOthers = await ShardFolder.UpdatesAsync(others, LoaderPosition.Start, epochs: 2);

        updatesOfOthers.Select(ShardFolder.Describe).Should().Equal(updatesOfTwo.Select(ShardFolder.Describe));
    }

    [Fact]
    public async Task Updates_run_across_groups_and_shards_and_the_last_of_an_epoch_takes_what_is_left()
    {
        ShardDataLoader loader = await LoaderAsync(ShardFolder.Settings(batch: 50, microBatch: 20));
        List<LoadedUpdate> updates = await ShardFolder.UpdatesAsync(loader, LoaderPosition.Start, epochs: 2);

        loader.UpdatesPerEpoch.Should().Be(3);
        updates.Select(update => (update.Epoch, update.IndexInEpoch, update.Next)).Should().Equal(
            (0, 0, new LoaderPosition(0, 50)),
            (0, 1, new LoaderPosition(0, 100)),
            (0, 2, new LoaderPosition(1, 0)),
            (1, 0, new LoaderPosition(1, 50)),
            (1, 1, new LoaderPosition(1, 100)),
            (1, 2, new LoaderPosition(2, 0)));
        updates[0].MicroBatches.Select(batch => batch.Samples.Count).Should().Equal(20, 20, 10);
        updates[2].MicroBatches.Select(batch => batch.Samples.Count).Should().Equal(5);
    }

    [Fact]
    public async Task An_evaluation_takes_every_row_once_in_the_order_of_the_files()
    {
        await _folder.WithAsync(ShardSet.Validation, [2, 1], [3]);
        ShardDataLoader loader = await _folder.LoaderAsync(ShardFolder.Settings(batch: 4), ShardSet.Validation);

        ShardFolder.Ids(await ShardFolder.UpdatesInFileOrderAsync(loader)).Should().Equal(
            "validation-0-0-0",
            "validation-0-0-1",
            "validation-0-1-0",
            "validation-1-0-0",
            "validation-1-0-1",
            "validation-1-0-2");
    }

    [Fact]
    public async Task A_split_without_samples_is_refused()
    {
        await _folder.WithAsync(ShardSet.Train, [1]);

        Func<Task> open = () => _folder.LoaderAsync(ShardFolder.Settings(batch: 1), ShardSet.Validation);

        await open.Should().ThrowAsync<InputException>()
            .WithMessage("The shards have no samples of the split 'validation'. *");
    }

    private static async Task<string[]> IdsAsync(ShardDataLoader loader, int epoch)
    {
        var start = new LoaderPosition(epoch, 0);
        return [.. ShardFolder.Ids(await ShardFolder.UpdatesAsync(loader, start, epoch + 1))];
    }

    private async Task<ShardDataLoader> LoaderAsync(DataLoaderSettings settings)
    {
        await _folder.WithAsync(ShardSet.Train, Files);
        return await _folder.LoaderAsync(settings);
    }
}
