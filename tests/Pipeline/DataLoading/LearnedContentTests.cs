using VisualChat.Model;
using VisualChat.Model.Language;
using VisualChat.Model.Training;
using VisualChat.Model.Vision;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Tests.DataLoading;

/// <summary>What of the same shards each objective shows and learns.</summary>
public sealed class LearnedContentTests : IDisposable
{
    private readonly ShardFolder _folder = new();

    private static int Image => ShardFolder.Tokenizer.VocabularySize + 1;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Of_text_all_ids_are_learned_and_no_image_is_shown_or_decoded()
    {
        SampleRow damaged = ShardFolder.Row("pictures", 4) with
        {
            Images = [new RowImage(new byte[3], "a.ppm"), new RowImage(new byte[3], "b.ppm")],
        };
        LoadedMicroBatch batch = (await LoadedAsync(Of(LearningObjective.Text), epochs: 1, damaged))[0].MicroBatches[0];

        batch.Samples[0].InputIds.ToArray().Should().Equal(1, 10, 11, 2);
        batch.Samples[0].Labels.ToArray().Should().Equal(1, 10, 11, 2);
        (batch.Images, batch.Positions, batch.LabelledTokens).Should().Be((0, 4, 3));
        batch.ForModel.Hidden.Should().BeNull();
    }

    [Fact]
    public async Task Of_images_the_text_is_left_out_and_a_share_of_each_is_hidden()
    {
        LoadedMicroBatch batch = (await LoadedAsync(
            Of(LearningObjective.Images), epochs: 1, ShardFolder.Row("pictures", 4), ShardFolder.Row("text", 0)))[0]
            .MicroBatches[0];

        batch.Samples.Select(sample => sample.InputIds.Length).Should().BeEquivalentTo([2, 0]);
        batch.Samples.SelectMany(sample => sample.InputIds.ToArray()).Should().OnlyContain(id => id == Image);
        (batch.Images, batch.Positions).Should().Be((2, 10));

        // Three quarters of 16 blocks, each once and in order.
        batch.ForModel.Hidden.Should().HaveCount(2).And.AllSatisfy(blocks =>
            blocks.ToArray().Should().HaveCount(12).And.BeInAscendingOrder().And.OnlyHaveUniqueItems()
                .And.OnlyContain(block => block >= 0 && block < 16));
        batch.LabelledTokens.Should().Be(24);
    }

    [Fact]
    public async Task Every_image_and_every_epoch_hides_other_blocks_and_a_training_that_continues_the_same()
    {
        SampleRow[] rows = [.. Enumerable.Range(0, 4).Select(row => ShardFolder.Row($"row-{row}", 4))];
        LearnedContent content = Of(LearningObjective.Images);

        List<LoadedUpdate> whole = await LoadedAsync(content, epochs: 2, rows);
        List<LoadedUpdate> rest = await ShardFolder.UpdatesAsync(
            await _folder.LoaderAsync(Settings(content)), whole[0].Next, epochs: 2);

        string[] hidden = [.. whole.SelectMany(Hidden)];
        hidden.Should().HaveCount(16).And.OnlyHaveUniqueItems();
        rest.SelectMany(Hidden).Should().Equal(hidden[4..]);
    }

    [Theory]
    [InlineData(0.001, 1)]
    [InlineData(0.95, 15)]
    public void Something_is_hidden_and_something_seen(double share, int blocks) =>
        Of(LearningObjective.Images, share).HiddenIn(1, seed: 1, epoch: 0, place: 0)!.Single()
            .Length.Should().Be(blocks);

    private static IEnumerable<string> Hidden(LoadedUpdate update) => update.MicroBatches
        .SelectMany(batch => batch.ForModel.Hidden!)
        .Select(blocks => string.Join(' ', blocks.ToArray()));

    private static LearnedContent Of(LearningObjective objective, double share = 0.75)
    {
        var model = new ModelDescription
        {
            Vision = new ClipVisionConfig { ImageSize = 8 },
            Language = new LlamaConfig(),
            VocabularySize = 10,
            ImageToken = 3,
            HiddenBlock = 2,
        };
        var training = new TrainingSettings { Objective = objective, HiddenShare = share };
        return LearnedContent.Of(training, new SpecialTokens(ShardFolder.Tokenizer.VocabularySize), model);
    }

    private static DataLoaderSettings Settings(LearnedContent content) =>
        ShardFolder.Settings(batch: 2) with { Content = content };

    private async Task<List<LoadedUpdate>> LoadedAsync(LearnedContent content, int epochs, params SampleRow[] rows)
    {
        await _folder.AddAsync("train-00000-of-00001", rows);
        ShardDataLoader loader = await _folder.LoaderAsync(Settings(content), ShardSet.Train);
        return await ShardFolder.UpdatesAsync(loader, LoaderPosition.Start, epochs);
    }
}
