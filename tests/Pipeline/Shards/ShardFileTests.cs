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
        SampleRow[] first = [ShardRows.Joined, ShardRows.WithoutImages];
        SampleRow[] second = [ShardRows.WithoutImages];

        List<SampleRow> rows = await ShardRows.ReadAsync(await ShardRows.WriteAsync(first, second));

        rows.Should().BeEquivalentTo([.. first, .. second], options => options.WithStrictOrdering());
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

        await using ShardFileReader reader = await ShardRows.OpenAsync(file);

        reader.RowCount.Should().Be(0);
        reader.RowGroupCount.Should().Be(0);
        (await reader.ReadIdsAsync(default)).Should().BeEmpty();
    }

    [Fact]
    public async Task Any_rows_come_back_as_they_were_written()
    {
        Gen<string> text = Gen.String[Gen.Char['\u0000', '\u02FF'], 0, 12];
        Gen<RowImage> image = Gen.Select(Gen.Byte.Array[0, 40], text, (bytes, path) => new RowImage(bytes, path));
        Gen<RowRound> round = Gen.Select(
            text,
            text,
            Gen.Int[0, 3],
            text,
            text,
            (question, answer, images, source, record) => new RowRound(question, answer, images, source, record));
        Gen<SampleRow> row = Gen.Select(
            text,
            text.Array[0, 3],
            image.Array[0, 3],
            round.Array[0, 3],
            Gen.Int.Array[0, 20],
            Gen.Int,
            (name, sources, images, rounds, ids, tokens) => new SampleRow
            {
                Id = name,
                Dataset = name,
                Sources = sources,
                Images = images,
                Rounds = rounds,
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
                IEnumerable<SampleRow> written = groups.SelectMany(group => group);
                rows.Should().BeEquivalentTo(written, options => options.WithStrictOrdering());
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
        byte[] file = await ShardRows.WriteAsync(
            [ShardRows.WithoutImages],
            [ShardRows.WithoutImages, ShardRows.Joined],
            [ShardRows.WithoutImages]);
        await using ShardFileReader reader = await ShardRows.OpenAsync(file);

        string[] ids = new string[4];
        for (int index = 0; index < ids.Length; index++)
            ids[index] = (await reader.ReadRowAsync(index, default)).Id;

        ids.Should().Equal("mine-000000000", "mine-000000000", "llava_otter_blend-000000007", "mine-000000000");
    }

    [Fact]
    public async Task Summaries_hold_what_the_small_columns_say()
    {
        byte[] file = await ShardRows.WriteAsync([ShardRows.Joined]);
        await using ShardFileReader reader = await ShardRows.OpenAsync(file);

        RowSummary summary = await reader.ReadSummariesAsync().SingleAsync();

        summary.Should().BeEquivalentTo(new RowSummary(
            Id: "llava_otter_blend-000000007",
            Dataset: "llava_otter_blend",
            Sources: ["llava", "otter_mimicit_cgd"],
            RoundSources: ["llava", "otter_mimicit_cgd"],
            RoundImages: [1, 1],
            TextTokens: 6,
            SequenceTokens: 520,
            ImageCount: 2));
    }

    [Fact]
    public async Task Writing_needs_no_seekable_stream()
    {
        using var file = new MemoryStream();
        await using (var pipe = new ForwardOnlyStream(file))
        await using (ShardFileWriter writer = await ShardFileWriter.CreateAsync(pipe, default))
            await writer.WriteRowGroupAsync([ShardRows.Joined], default);

        List<SampleRow> rows = await ShardRows.ReadAsync(file.ToArray());
        rows.Should().ContainSingle().Which.Should().BeEquivalentTo(ShardRows.Joined);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(900)]
    public async Task A_file_cut_short_is_refused_by_its_name(int length)
    {
        byte[] file = await ShardRows.WriteAsync([ShardRows.Joined]);
        const string Name = "train-00000-of-00001.parquet";

        Func<Task> open = () => ShardFileReader.OpenAsync(new MemoryStream(file[..length]), Name, default);

        (await open.Should().ThrowAsync<WorkException>()).WithMessage($"{Name}: not a whole Parquet file*");
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
