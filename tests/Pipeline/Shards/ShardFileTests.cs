using CsCheck;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Tests.Shards;

public sealed class ShardFileTests
{
    [Fact]
    public async Task Rows_come_back_as_they_were_written()
    {
        byte[] file = await ShardRows.WriteAsync([ShardRows.Joined, ShardRows.WithoutImages], [ShardRows.WithoutImages]);

        List<SampleRow> rows = await ShardRows.ReadAsync(file);

        rows.Should().BeEquivalentTo([ShardRows.Joined, ShardRows.WithoutImages, ShardRows.WithoutImages], options => options.WithStrictOrdering());
    }

    [Fact]
    public async Task A_group_without_any_image_comes_back()
    {
        List<SampleRow> rows = await ShardRows.ReadAsync(await ShardRows.WriteAsync([ShardRows.WithoutImages]));

        rows.Should().ContainSingle().Which.Should().BeEquivalentTo(ShardRows.WithoutImages);
    }

    [Fact]
    public async Task A_shard_of_no_rows_is_a_whole_file()
    {
        byte[] file = await ShardRows.WriteAsync([]);

        await using ShardFileReader reader = await ShardFileReader.OpenAsync(new MemoryStream(file), "empty.parquet", default);

        reader.RowCount.Should().Be(0);
        reader.RowGroupCount.Should().Be(0);
        (await reader.ReadIdsAsync(default)).Should().BeEmpty();
    }

    [Fact]
    public async Task Any_rows_come_back_as_they_were_written()
    {
        Gen<string> text = Gen.String[Gen.Char['\u0000', '\u02FF'], 0, 12];
        Gen<RowImage> image = Gen.Select(Gen.Byte.Array[0, 40], text, (bytes, path) => new RowImage(bytes, path));
        Gen<RowRound> turn = Gen.Select(text, text, Gen.Int[0, 3], text, text, (question, answer, images, source, record) =>
            new RowRound(question, answer, images, source, record));
        Gen<SampleRow> row = Gen.Select(text, text.Array[0, 3], image.Array[0, 3], turn.Array[0, 3], Gen.Int.Array[0, 20], Gen.Int,
            (name, sources, images, turns, ids, tokens) => new SampleRow
            {
                Id = name,
                Dataset = name,
                Sources = sources,
                Images = images,
                Rounds = turns,
                Text = name + name,
                InputIds = ids,
                Labels = [.. ids.Reverse()],
                TextTokens = tokens,
                SequenceTokens = -tokens,
            });

        await row.Array[1, 6].Array[0, 3].SampleAsync(
            async groups =>
            {
                List<SampleRow> rows = await ShardRows.ReadAsync(await ShardRows.WriteAsync(groups));
                rows.Should().BeEquivalentTo(groups.SelectMany(group => group), options => options.WithStrictOrdering());
            },
            iter: 100);
    }

    [Fact]
    public async Task Equal_rows_give_equal_bytes()
    {
        byte[] first = await ShardRows.WriteAsync([ShardRows.Joined], [ShardRows.WithoutImages]);
        byte[] second = await ShardRows.WriteAsync([ShardRows.Joined], [ShardRows.WithoutImages]);

        second.Should().Equal(first);
    }

    [Fact]
    public async Task One_row_is_found_by_its_number_across_row_groups()
    {
        byte[] file = await ShardRows.WriteAsync([ShardRows.WithoutImages], [ShardRows.WithoutImages, ShardRows.Joined], [ShardRows.WithoutImages]);
        await using ShardFileReader reader = await ShardFileReader.OpenAsync(new MemoryStream(file), "test.parquet", default);

        string[] ids = new string[4];
        for (int index = 0; index < ids.Length; index++)
            ids[index] = (await reader.ReadRowAsync(index, default)).Id;

        ids.Should().Equal("mine-000000000", "mine-000000000", "llava_otter_blend-000000007", "mine-000000000");
    }

    [Fact]
    public async Task Summaries_hold_what_the_small_columns_say()
    {
        byte[] file = await ShardRows.WriteAsync([ShardRows.Joined]);
        await using ShardFileReader reader = await ShardFileReader.OpenAsync(new MemoryStream(file), "test.parquet", default);

        RowSummary summary = await reader.ReadSummariesAsync().SingleAsync();

        summary.Should().BeEquivalentTo(new RowSummary(
            "llava_otter_blend-000000007", "llava_otter_blend", ["llava", "otter_mimicit_cgd"], ["llava", "otter_mimicit_cgd"], [1, 1], 6, 520, 2));
    }

    [Fact]
    public async Task Writing_needs_no_seekable_stream()
    {
        using var file = new MemoryStream();
        await using (var pipe = new ForwardOnlyStream(file))
        await using (ShardFileWriter writer = await ShardFileWriter.CreateAsync(pipe, default))
            await writer.WriteRowGroupAsync([ShardRows.Joined], default);

        (await ShardRows.ReadAsync(file.ToArray())).Should().ContainSingle().Which.Should().BeEquivalentTo(ShardRows.Joined);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(900)]
    public async Task A_file_cut_short_is_refused_by_its_name(int length)
    {
        byte[] file = await ShardRows.WriteAsync([ShardRows.Joined]);

        Func<Task> open = () => ShardFileReader.OpenAsync(new MemoryStream(file[..length]), "train-00000-of-00001.parquet", default);

        (await open.Should().ThrowAsync<WorkException>()).WithMessage("train-00000-of-00001.parquet: not a whole Parquet file*");
    }

    private sealed class ForwardOnlyStream(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
