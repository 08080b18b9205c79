using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Vision;

/// <summary>
/// The head against the same sums written out block by block in float64: images of 8 x 8 pixels in
/// patches of 4 and blocks of 2, so that an image has 16 blocks and a patch four.
/// </summary>
public sealed class HiddenBlockHeadTests
{
    private const int Block = 2, Patch = 4, Side = 8, BlocksASide = Side / Block, BlocksOfImage = 16;

    private static readonly int[][] Hidden = [[0, 3, 6, 9, 15], [1, 2, 5, 13]];

    private static readonly Scalar Twelve = 12, Epsilon = 1e-5; // Held: see HeldScalars.

    private static MicroBatch Batch => Of(ModelFixture.Images(2));

    [Fact]
    public void The_loss_of_a_hidden_block_is_the_mean_square_of_what_its_patch_tells_wrong()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = Model();
        double[] expected = [.. WrittenOut(model).Select(loss => loss.item<double>())];

        using BatchLoss loss = model.Loss(Batch);
        IReadOnlyList<SampleLoss> samples = model.Evaluate([Batch]).Single();

        // Some tens of roundings of sums of 24 numbers.
        loss.Sum.item<double>().Should().BeApproximately(expected.Sum(), 1e-12);
        loss.Tokens.Should().Be(9);
        samples.Select(sample => sample.LabelTokens).Should().Equal(5, 4);
        samples[0].Sum.Should().BeApproximately(expected[..5].Sum(), 1e-12);
        samples[1].Sum.Should().BeApproximately(expected[5..].Sum(), 1e-12);
    }

    [Fact]
    public void So_are_its_gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = Model(), other = Model();
        stack([.. WrittenOut(other)]).sum().backward();

        using BatchLoss loss = model.Loss(Batch);
        loss.Backward();

        model.Parameters.Trained.Should().HaveCount(other.Parameters.Trained.Count).And.Contain(
            trained => trained.Name.StartsWith("hidden_block_head."));
        foreach ((TrainedParameter own, TrainedParameter expected) in
            model.Parameters.Trained.Zip(other.Parameters.Trained))
        {
            using Tensor difference = (own.Value.grad! - expected.Value.grad!).abs().max();
            difference.item<double>().Should().BeLessThan(1e-12, own.Name);
            expected.Value.grad!.abs().max().item<double>().Should().BePositive(own.Name);
        }
    }

    [Fact]
    public void What_is_hidden_is_not_seen()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = Model();
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(1);
        double[] before = Losses(images[0]), after = Losses(WithFirstBlockInverted(images[0]));

        // The block itself is another one to tell; the others are told as before.
        after[0].Should().NotBe(before[0]);
        after[1..].Should().Equal(before[1..]);

        double[] Losses(ReadOnlyMemory<byte> image)
        {
            var config = (ClipVisionConfig)Description.Vision;
            var tower = new ClipVisionTower(model.Parameters, config);
            var head = new HiddenBlockHead(model.Parameters, tower, config, Block);
            Tensor blocks = tensor(Hidden[0], dtype: ScalarType.Int64);
            return [.. head.Losses(Pixels(image).unsqueeze(0), blocks).data<double>()];
        }
    }

    [Fact]
    public void A_micro_batch_makes_two_uploads_and_no_read()
    {
        using ChatModel model = Model();
        using BatchLoss loss = model.Loss(Batch);
        loss.Backward();
        (model.Transfers.Uploads, model.Transfers.Reads).Should().Be((2, 0));
    }

    [Fact]
    public void Blocks_that_do_not_go_with_the_images_are_refused()
    {
        using ChatModel model = Model();
        Action less = () => model.Prepare(Batch with { Hidden = [Hidden[0]] });
        less.Should().Throw<ArgumentException>().WithMessage("2 images have 1 sets of hidden blocks.*");
        Action none = () => model.Prepare(Batch with { Hidden = null });
        none.Should().Throw<ArgumentException>().WithMessage("2 images have 0 sets of hidden blocks.*");
        Action outside = () => model.Prepare(Batch with { Hidden = [Hidden[0], new[] { BlocksOfImage }] });
        outside.Should().Throw<ArgumentException>().WithMessage("16 is no block of an image that has 16.*");
    }

    [Theory]
    [InlineData(3, "Blocks of 3 pixels do not fill patches of 4.")]
    [InlineData(8, "Blocks of 8 pixels do not fill patches of 4.")]
    [InlineData(0, "Blocks of 0 pixels do not fill patches of 4.")]
    public void Blocks_that_do_not_fill_a_patch_are_refused(int block, string problem)
    {
        Action act = () => ChatModel.Create(Description with { HiddenBlock = block });
        act.Should().Throw<ModelException>().WithMessage(problem);
    }

    [Fact]
    public void A_tower_that_ends_with_a_resampler_is_refused()
    {
        Action act = () => HiddenBlockHead.Source(new QwenVisionConfig(), 2);
        act.Should().Throw<ModelException>().WithMessage("*take a CLIP vision tower.");
    }

    private static ModelDescription Description => ModelFixture.Description() with
    {
        Trainable = ModelPart.Vision,
        HiddenBlock = Block,
    };

    private static ChatModel Model() => ChatModel.Create(Description);

    private static MicroBatch Of(ReadOnlyMemory<byte>[] images) => new(
        [ModelFixture.Sample("i"), ModelFixture.Sample("i")], images)
    {
        Hidden = [.. Hidden.Select(blocks => (ReadOnlyMemory<int>)blocks)],
    };

    // The loss of every hidden block, one after the other.
    private static IEnumerable<Tensor> WrittenOut(ChatModel model)
    {
        var config = (ClipVisionConfig)Description.Vision;
        var tower = new ClipVisionTower(model.Parameters, config);
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(2);
        for (int image = 0; image < images.Length; image++)
        {
            Tensor whole = Pixels(images[image]), visible = whole.clone();
            foreach (int block in Hidden[image])
                _ = PartOf(visible, block).zero_();
            Tensor tokens = tower.Features(visible.unsqueeze(0)).squeeze(0);
            foreach (int block in Hidden[image])
            {
                (int row, int column) = (block / BlocksASide, block % BlocksASide);
                int patch = (row * Block / Patch * (Side / Patch)) + (column * Block / Patch);
                int inPatch = (row % 2 * 2) + (column % 2);
                Tensor told = Told(tokens[1 + patch]).narrow(0, inPatch * 12, 12).view(3, Block, Block);
                Tensor error = told - PartOf(whole, block);
                yield return (error * error).sum() / Twelve;
            }
        }

        Tensor Told(Tensor token)
        {
            Tensor centered = token - token.mean();
            Tensor unit = centered / (centered * centered).mean().Plus(Epsilon).sqrt();
            Tensor normed = (unit * Named("norm.weight")).Plus(Named("norm.bias"));
            Tensor wide = nn.functional.gelu(Named("wide.weight").mv(normed).Plus(Named("wide.bias")));
            return Named("pixels.weight").mv(wide).Plus(Named("pixels.bias"));
        }

        Tensor Named(string name) => model.Parameters["hidden_block_head." + name];
    }

    // [3, S, S]
    private static Tensor Pixels(ReadOnlyMemory<byte> image)
    {
        float[] planes = new float[image.Length];
        ClipNormalization.Normalize(image.Span, planes);
        return tensor(planes, [3, Side, Side]).to(ScalarType.Float64);
    }

    // [3, b, b], a view.
    private static Tensor PartOf(Tensor pixels, int block) => pixels
        .narrow(1, block / BlocksASide * Block, Block)
        .narrow(2, block % BlocksASide * Block, Block);

    private static ReadOnlyMemory<byte> WithFirstBlockInverted(ReadOnlyMemory<byte> image)
    {
        byte[] changed = image.ToArray();
        for (int row = 0; row < Block; row++)
        {
            foreach (ref byte level in changed.AsSpan(row * Side * 3, Block * 3))
                level ^= 255;
        }

        return changed;
    }
}
