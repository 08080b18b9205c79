using System.Collections.Concurrent;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.DataLoading;

public sealed class ShardCheckTests : IDisposable
{
    private const string WhatToDo =
        "Delete what is damaged and run 'visualchat blend' again: "
        + "it makes those shards again and keeps the others.";

    private readonly ShardFolder _folder = new();
    private readonly FileHashes _hashes;

    public ShardCheckTests() => _hashes = new FileHashes(Path.Combine(_folder.Root, "cache"), TextWriter.Null);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Whole_shards_pass_and_every_byte_is_reported()
    {
        TrainingShards shards = await OpenAsync();
        var reports = new ConcurrentQueue<ShardCheckProgress>();
        await shards.VerifyAsync(split: null, _hashes, new Reports(reports), default);

        long bytes = shards.Manifest.Shards.Sum(shard => shard.Bytes);
        reports.Should().Contain(new ShardCheckProgress(3, 3, bytes, bytes));
    }

    [Fact]
    public async Task Missing_and_shortened_shards_are_named()
    {
        TrainingShards shards = await OpenAsync();
        string missing = _folder.PathOf("train-00000-of-00003");
        string shortened = _folder.PathOf("train-00002-of-00003");
        File.Delete(missing);
        using (FileStream file = File.OpenWrite(shortened))
            file.SetLength(100);

        long written = shards.Manifest.Shards[2].Bytes;
        await VerifyingFails(shards, $"""
            '{missing}' is missing.
            '{shortened}' is damaged: it has 100 bytes, and {written} were written.
            {WhatToDo}
            """);
    }

    [Fact]
    public async Task A_changed_byte_is_found()
    {
        TrainingShards shards = await OpenAsync();
        string damaged = _folder.PathOf("train-00001-of-00003");
        byte[] bytes = await File.ReadAllBytesAsync(damaged);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes);

        await VerifyingFails(shards, $"""
            '{damaged}' is damaged: its bytes are not those that were written.
            {WhatToDo}
            """);
    }

    [Fact]
    public async Task Samples_longer_than_the_model_are_counted_and_the_first_named()
    {
        await _folder.AddAsync("train-00000-of-00002", ShardFolder.Rows(9, "a"));
        await _folder.AddAsync("train-00001-of-00002", ShardFolder.Rows(9, "b"));
        TrainingShards shards = _folder.Open();

        await shards.RefuseLongSamplesAsync(14, default);
        await LongSamplesAreRefused(
            shards,
            13,
            "2 samples take more than the model's 13 positions: a-4 (14), b-4 (14). "
            + "Set data.max_sequence_tokens to 13 or less and blend again with --fresh.");
        await LongSamplesAreRefused(
            shards,
            3,
            "18 samples take more than the model's 3 positions: "
            + "a-0 (4), a-1 (4), a-2 (9), a-3 (4), a-4 (14) and 13 more. "
            + "Set data.max_sequence_tokens to 3 or less and blend again with --fresh.");
    }

    private async Task VerifyingFails(TrainingShards shards, string message)
    {
        Func<Task> verify = () => shards.VerifyAsync(split: null, _hashes, null, default);

        (await verify.Should().ThrowAsync<WorkException>()).Which.Message.Should().Be(message);
    }

    private static async Task LongSamplesAreRefused(TrainingShards shards, int positions, string message)
    {
        Func<Task> refuse = () => shards.RefuseLongSamplesAsync(positions, default);

        await refuse.Should().ThrowAsync<InputException>().WithMessage(message);
    }

    private async Task<TrainingShards> OpenAsync()
    {
        await _folder.WithAsync(ShardSet.Train, [2, 3], [4], [1]);
        return _folder.Open();
    }

    private sealed class Reports(ConcurrentQueue<ShardCheckProgress> reports) : IProgress<ShardCheckProgress>
    {
        public void Report(ShardCheckProgress value) => reports.Enqueue(value);
    }
}
