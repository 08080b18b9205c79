using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Errors;
using VisualChat.Model.Projection;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Projection;

public sealed class ProjectionTests
{
    [Theory]
    [InlineData(ProjectionKind.Baseline, 4096, 4_206_592)]
    [InlineData(ProjectionKind.Baseline, 8192, 8_413_184)]
    [InlineData(ProjectionKind.Vit, 4096, 16_802_816)]
    [InlineData(ProjectionKind.Perceiver, 4096, 89_178_112)]
    [InlineData(ProjectionKind.Perceiver, 5120, 137_687_040)]
    public void As_many_numbers_are_trained_as_the_release_trains(
        ProjectionKind kind, int languageWidth, long expected)
    {
        ClipVisionConfig tower = new() { HiddenSize = 1024, IntermediateSize = 4096, Heads = 16, PatchSize = 14 };
        VisualProjection.Source(kind, tower, languageWidth).Specs
            .Where(spec => !spec.IsConstant)
            .Sum(spec => spec.Shape.Aggregate(1L, (product, size) => product * size))
            .Should().Be(expected);
    }

    [Fact]
    public void Positions_of_a_square_are_sines_and_cosines_of_the_column_then_of_the_row()
    {
        // The released code's own values, row 2, column 5.
        const int Entry = ((2 * 16) + 5) * 4096;
        float[] values = SinePositions.Of([256, 4096]);
        (int Index, double Expected)[] known =
        [
            (0, -0.9589243), (1, -0.9706589), (1024, 0.2836622), (2048, 0.9092974), (2049, 0.9166037),
            (3072, -0.4161468),
        ];
        foreach ((int index, double expected) in known)
            ((double)values[Entry + index]).Should().BeApproximately(expected, 1e-6, $"{index}");
    }

    [Fact]
    public void The_perceivers_positions_are_a_constant_that_no_training_moves()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(Description(ProjectionKind.Perceiver));
        model.Parameters["projection.pos_embed"].Should().NotBeOfType<Parameter>();
        model.Parameters["projection.pos_embed"].data<double>().ToArray().Should()
            .Equal(SinePositions.Of([256, 128]).Select(value => (double)value));
        model.Parameters["projection.query"].Should().BeOfType<Parameter>();
    }

    [Fact]
    public void Starts_are_the_releases()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel perceiver = ChatModel.Create(Description(ProjectionKind.Perceiver));
        Deviation(perceiver, "projection.query").Should().BeApproximately(0.02, 0.001);
        Deviation(perceiver, "projection.kv_proj.weight").Should().BeApproximately(0.02, 0.002);
        Deviation(perceiver, "projection.projection.1.weight").Should().BeApproximately(0.02, 0.001);

        // Xavier's uniform: the bound is sqrt(6 / (128 + 384)), the deviation a sqrt(3)rd of it.
        Deviation(perceiver, "projection.attn.in_proj_weight").Should().BeApproximately(0.0625, 0.001);
        Deviation(perceiver, "projection.attn.in_proj_bias").Should().Be(0);

        // PyTorch's own start of a linear map: the bound is 1 / sqrt(8).
        using ChatModel vit = ChatModel.Create(Description(ProjectionKind.Vit));
        vit.Parameters["projection.vis_layer.mlp.fc1.weight"].abs().max().item<double>()
            .Should().BeInRange(0.3, 0.35356);
    }

    [Theory]
    [InlineData(ProjectionKind.Baseline, 5)]
    [InlineData(ProjectionKind.Vit, 5)]
    [InlineData(ProjectionKind.Perceiver, 256)]
    public void An_image_takes_as_many_positions_as_the_projection_makes_visual_tokens(
        ProjectionKind kind, int expected)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(Description(kind));
        model.Description.VisualTokens.Should().Be(expected);
        model.VisualTokens(ModelFixture.Images(3))!.shape.Should().Equal(3 * expected, 128);
        using BatchLoss loss = model.Loss(ModelFixture.Batch(3, "abiCDiE", "iF"));
        loss.Sum.backward();
        model.Parameters.Trained.Should().OnlyContain(trained => !ReferenceEquals(trained.Value.grad, null));
    }

    [Fact]
    public void A_checkpoint_with_another_projection_is_refused_by_both_names()
    {
        string folder = TestData.NewFolder();
        ModelFixture.Write(
            Path.Combine(folder, "model.safetensors"),
            new Dictionary<string, long[]> { ["projection.query"] = [256, 128], ["lang_embed.weight"] = [23, 128] });
        Action act = () => ChatModel.Create(Description(ProjectionKind.Vit) with { Checkpoint = folder });
        act.Should().Throw<ModelException>()
            .WithMessage($"'{folder}' holds the projection 'perceiver', and this model's is 'vit'.");
        act = () => ChatModel.Create(Description(ProjectionKind.Baseline) with { Start = folder });
        act.Should().Throw<ModelException>()
            .WithMessage($"'{folder}' holds the projection 'perceiver', and this model's is 'baseline'.");
    }

    [Fact]
    public void A_decoder_narrower_than_a_head_takes_no_perceiver()
    {
        ModelDescription description = ModelFixture.Description() with { Projection = ProjectionKind.Perceiver };
        Action act = () => ChatModel.Create(description);
        act.Should().Throw<ModelException>()
            .WithMessage("The projection 'perceiver' has heads of 128, and the decoder's width of 16 does not*");
    }

    private static ModelDescription Description(ProjectionKind kind)
    {
        ModelDescription fixture = ModelFixture.Description();
        return fixture with { Projection = kind, Language = fixture.Language with { HiddenSize = 128 } };
    }

    private static double Deviation(ChatModel model, string name) =>
        model.Parameters[name].std(unbiased: false).item<double>();
}
