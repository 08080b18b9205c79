using CsCheck;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Tests.DataLoading;

public sealed class ResumingTests : IDisposable
{
    private const int Samples = 84;

    // 24 row groups make three windows, each with its rows shuffled together.
    private static readonly int[][] Files = [.. Enumerable.Repeat<int[]>([2, 7, 1, 4, 2, 7, 1, 4], 3)];

    private readonly ShardFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task From_any_sample_of_an_epoch_exactly_the_rest_follows()
    {
        await _folder.WithAsync(ShardSet.Train, Files);
        await Gen.Select(Gen.Int[1, 12], Gen.Int[1, 3], Gen.Long[0, 9], Gen.Int[0, Samples]).SampleAsync(
            async (batch, microBatch, seed, sample) =>
            {
                ShardDataLoader loader = await _folder.LoaderAsync(ShardFolder.Settings(batch, microBatch, seed: seed));
                var start = new LoaderPosition(1, 0);
                List<LoadedUpdate> whole = await ShardFolder.UpdatesAsync(loader, start, epochs: 2);
                List<LoadedUpdate> rest =
                    await ShardFolder.UpdatesAsync(loader, start with { Sample = sample }, epochs: 2);

                ShardFolder.Ids(rest).Should().Equal(ShardFolder.Ids(whole).Skip(sample));
            },
            iter: 25,
            threads: 1);
    }

    [Fact]
    public async Task After_any_update_the_same_updates_follow()
    {
        await _folder.WithAsync(ShardSet.Train, Files);
        ShardDataLoader loader = await _folder.LoaderAsync(ShardFolder.Settings(batch: 9, microBatch: 4));
        List<LoadedUpdate> whole = await ShardFolder.UpdatesAsync(loader, LoaderPosition.Start, epochs: 2);

        for (int done = 0; done < whole.Count; done++)
        {
            List<LoadedUpdate> rest = await ShardFolder.UpdatesAsync(loader, whole[done].Next, epochs: 2);
            IEnumerable<string> expected = whole.Skip(done + 1).Select(ShardFolder.Describe);
            rest.Select(ShardFolder.Describe).Should().Equal(expected);
        }
    }

    [Fact]
    public async Task Only_the_files_of_what_is_left_are_opened()
    {
        await _folder.WithAsync(ShardSet.Train, [.. Enumerable.Range(0, 20).Select(_ => new[] { 3 })]);
        ShardDataLoader loader = await _folder.LoaderAsync(ShardFolder.Settings(batch: 5));
        List<LoadedUpdate> whole = await ShardFolder.UpdatesAsync(loader, LoaderPosition.Start, epochs: 1);
        string[] left = [.. ShardFolder.Ids(whole).Skip(45)];
        int[] needed = [.. left.Select(id => int.Parse(id.Split('-')[1])).Distinct()];
        foreach (int file in Enumerable.Range(0, 20).Except(needed))
            File.Delete(_folder.PathOf($"train-{file:00000}-of-00020"));

        List<LoadedUpdate> rest = await ShardFolder.UpdatesAsync(loader, new LoaderPosition(0, 45), epochs: 1);
        needed.Should().HaveCountLessThan(8);
        ShardFolder.Ids(rest).Should().Equal(left);
    }

    [Fact]
    public async Task A_finished_training_gets_nothing()
    {
        await _folder.WithAsync(ShardSet.Train, [3]);
        ShardDataLoader loader = await _folder.LoaderAsync(ShardFolder.Settings(batch: 2));

        List<LoadedUpdate> rest = await ShardFolder.UpdatesAsync(loader, new LoaderPosition(2, 0), epochs: 2);
        rest.Should().BeEmpty();
    }
}
