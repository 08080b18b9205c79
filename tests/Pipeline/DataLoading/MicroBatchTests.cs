using VisualChat.Model;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Tests.DataLoading;

public sealed class MicroBatchTests : IDisposable
{
    private readonly ShardFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_holds_its_samples_ids_and_labels_and_counts_what_the_model_will_see()
    {
        LoadedMicroBatch batch = await OnlyBatchAsync(ShardFolder.Row("text", 0), ShardFolder.Row("pictures", 4));
        int image = ShardFolder.Tokenizer.VocabularySize + 1;

        batch.Ids.Should().Equal("text", "pictures");
        batch.Samples[0].InputIds.ToArray().Should().Equal(1, 10, 11, 2);
        batch.Samples[1].InputIds.ToArray().Should().Equal(1, image, image, 10, 11, 2);
        batch.Samples[1].Labels.ToArray().Should().Equal(-100, -100, -100, -100, 11, 2);
        batch.Images.Should().Be(2);
        batch.Positions.Should().Be(4 + 14);
        batch.LabelledTokens.Should().Be(4);
    }

    [Fact]
    public async Task A_label_of_the_first_id_is_not_counted()
    {
        LoadedMicroBatch batch = await OnlyBatchAsync(ShardFolder.Row("answer", 0) with { Labels = [1, 10, -100, 2] });

        batch.LabelledTokens.Should().Be(2);
    }

    [Fact]
    public async Task The_model_gets_the_images_of_all_samples_one_after_the_other_as_bytes()
    {
        byte[] white = [.. "P6\n2 2\n255\n"u8, .. Enumerable.Repeat((byte)255, 12)];
        LoadedMicroBatch batch = await OnlyBatchAsync(
            ShardFolder.Row("one", 2),
            ShardFolder.Row("none", 0),
            ShardFolder.Row("other", 2) with { Images = [new RowImage(white, "white.ppm")] });

        MicroBatch taken = batch.ForModel;

        taken.Samples.Should().Equal(batch.Samples);
        taken.Images.Should().HaveCount(2);
        // Black, white, red and grey.
        taken.Images[0].ToArray().Should().Equal(0, 0, 0, 255, 255, 255, 255, 0, 0, 128, 128, 128);
        taken.Images[1].ToArray().Should().Equal(Enumerable.Repeat((byte)255, 12));
    }

    [Fact]
    public async Task In_reverse_each_samples_last_image_is_the_first()
    {
        RowImage[] images = [.. Enumerable.Range(1, 3).Select(level => new RowImage(Plain((byte)level), "x.ppm"))];
        SampleRow[] rows =
        [
            ShardFolder.Row("two", 4) with { Images = images[..2] },
            ShardFolder.Row("one", 2) with { Images = images[2..] },
        ];
        await _folder.AddAsync("train-00000-of-00001", rows);
        DataLoaderSettings settings = ShardFolder.Settings(batch: 2) with { ImageOrder = ImageOrder.Reversed };
        List<LoadedUpdate> updates =
            await ShardFolder.UpdatesInFileOrderAsync(await _folder.LoaderAsync(settings));

        updates.Single().MicroBatches.Single().ForModel.Images.Select(image => image.Span[0]).Should().Equal(2, 1, 3);

        static byte[] Plain(byte level) => [.. "P6\n2 2\n255\n"u8, .. Enumerable.Repeat(level, 12)];
    }

    [Fact]
    public async Task An_image_that_does_not_decode_is_named_with_its_shard_and_sample()
    {
        var picture = new RowImage(ShardFolder.Picture, "a.ppm");
        var damaged = new RowImage(new byte[] { 1, 2, 3 }, "coco/b.jpg");
        Func<Task> load = () => OnlyBatchAsync(
            ShardFolder.Row("good", 4), ShardFolder.Row("bad", 4) with { Images = [picture, damaged] });

        await load.Should().ThrowAsync<InputException>().WithMessage(
            "'*train-00000-of-00001.parquet': image 2 of sample 'bad' (coco/b.jpg) does not decode (*). "
            + "Blend again with --fresh, which leaves such records out.");
    }

    private async Task<LoadedMicroBatch> OnlyBatchAsync(params SampleRow[] rows)
    {
        await _folder.AddAsync("train-00000-of-00001", rows);
        ShardDataLoader loader = await _folder.LoaderAsync(ShardFolder.Settings(rows.Length, rows.Length));
        List<LoadedUpdate> updates = await ShardFolder.UpdatesInFileOrderAsync(loader);
        return updates.Single().MicroBatches.Single();
    }
}
