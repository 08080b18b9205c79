using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Tests.Shards;

public sealed class ShardSetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Samples_are_found_by_number_and_by_id_across_files()
    {
        SampleRow second = ShardRows.WithoutImages with { Id = "mine-000000001" };
        SampleRow heldOut = ShardRows.WithoutImages with { Id = "mine-000000002" };
        await WriteAsync("train-00000-of-00002.parquet", ShardRows.WithoutImages, second);
        await WriteAsync("train-00001-of-00002.parquet", ShardRows.Joined);
        await WriteAsync("validation-00000-of-00001.parquet", heldOut);
        ShardSet shards = ShardSet.Open(_folder);

        shards.Splits.Should().Equal("train", "validation");
        (await shards.CountAsync("train", default)).Should().Be(3);
        (await shards.FindAsync("train", 1, default))!.Id.Should().Be("mine-000000001");
        (await shards.FindAsync("train", 2, default))!.Id.Should().Be("llava_otter_blend-000000007");
        (await shards.FindAsync("train", 3, default)).Should().BeNull();
        (await shards.IndexOfAsync("train", "llava_otter_blend-000000007", default)).Should().Be(2);
        (await shards.IndexOfAsync("train", "mine-000000002", default)).Should().Be(-1);
        (await shards.IndexOfAsync("validation", "mine-000000002", default)).Should().Be(0);
    }

    [Fact]
    public async Task Unfinished_and_foreign_files_are_left_alone()
    {
        await WriteAsync("train-00000-of-00001.parquet", ShardRows.Joined);
        await File.WriteAllTextAsync(Path.Combine(_folder, "data", ".train-00001-of-00002.parquet.part"), "half");
        await File.WriteAllTextAsync(Path.Combine(_folder, "data", "train-notes.parquet"), "notes");

        string whole = Path.Combine(_folder, "data", "train-00000-of-00001.parquet");
        ShardSet.Open(_folder).FilesOf("train").Should().Equal(whole);
    }

    [Fact]
    public void A_folder_without_shards_is_refused()
    {
        Action open = () => ShardSet.Open(_folder);

        open.Should().Throw<InputException>().WithMessage("*no shards here*'visualchat blend'.");
        Directory.CreateDirectory(Path.Combine(_folder, "data"));
        open.Should().Throw<InputException>().WithMessage("*no finished shard here*");
    }

    [Fact]
    public async Task A_split_without_shards_is_refused_by_name()
    {
        await WriteAsync("train-00000-of-00001.parquet", ShardRows.Joined);

        Action find = () => ShardSet.Open(_folder).FilesOf("validation");

        find.Should().Throw<InputException>()
            .WithMessage("*no shards of the split 'validation'. There are: train.");
    }

    private async Task WriteAsync(string name, params SampleRow[] rows)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "data"));
        await File.WriteAllBytesAsync(Path.Combine(_folder, "data", name), await ShardRows.WriteAsync(rows));
    }
}
