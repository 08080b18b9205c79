using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Errors;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Tests.Language;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests;

public sealed class ChatModelTests
{
    // Sums of some hundred products in double, in another order.
    private const double Tolerance = 1e-10;

    public static TheoryData<AttentionMode> Modes => [.. Enum.GetValues<AttentionMode>()];

    public static TheoryData<AttentionMode> SplicedModes =>
        [.. Enum.GetValues<AttentionMode>().Where(mode => mode != AttentionMode.CraCa)];

    [Theory]
    [MemberData(nameof(SplicedModes))]
    public void The_loss_is_the_cross_entropy_of_images_spliced_in_reading_order(AttentionMode mode)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelDescription description = ModelFixture.Description() with { Attention = mode };
        using ChatModel model = ChatModel.Create(description);
        MicroBatch batch = ModelFixture.Batch(5, "abicdiEFGiH");
        using BatchLoss loss = model.Loss(batch);

        Tensor tokens = VisualTokens(model, batch.Images);
        Tensor[] parts = [Text("ab"), tokens[0], Text("cd"), tokens[1], Text("efg"), tokens[2], Text("h")];
        string kinds = "tt" + "vvvvv" + "tt" + "vvvvv" + "ttt" + "vvvvv" + "t";
        var oracle = new DenseDecoder(name => model.Parameters[name], description.Language, mode);
        Tensor logs = nn.functional.log_softmax(oracle.Logits(cat(parts, 0), kinds), -1);
        (int Position, int Id)[] labelled = [(13, 4), (14, 5), (15, 6), (21, 7)];
        double expected = -labelled.Sum(label => logs[label.Position, label.Id].item<double>());

        Tensor Text(string letters)
        {
            long[] ids = [.. letters.Select(letter => (long)(letter - 'a'))];
            return model.Parameters["lang_embed.weight"][tensor(ids, [ids.Length])];
        }

        loss.Tokens.Should().Be(4);
        loss.Sum.item<double>().Should().BeApproximately(expected, Tolerance * expected);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_packed_batch_gives_its_samples_losses_and_gradients_alone(AttentionMode mode)
    {
        using DisposeScope scope = NewDisposeScope();
        string[] samples = ["abicDE", "aBC", "iabiiCDEFG", "abiC"];
        ModelDescription description =
            ModelFixture.Description() with { Attention = mode, Trainable = ModelPart.All };
        using ChatModel together = ChatModel.Create(description);
        using ChatModel alone = ChatModel.Create(description);
        MicroBatch batch = ModelFixture.Batch(5, samples);
        using BatchLoss packed = together.Loss(batch, activationCheckpointing: true);
        packed.Backward(0.5);
        double sum = 0;
        int image = 0;
        foreach (string sample in samples)
        {
            int images = sample.Count(letter => letter == 'i');
            var own = new MicroBatch([ModelFixture.Sample(sample)], [.. batch.Images.Skip(image).Take(images)]);
            using BatchLoss loss = alone.Loss(own);
            loss.Backward(0.5);
            sum += loss.Sum.item<double>();
            image += images;
        }

        packed.Sum.item<double>().Should().BeApproximately(sum, Tolerance * sum);
        together.Parameters.Trained.Should().HaveCount(together.Parameters.Names.Count);
        alone.Parameters.Trained.Select(pair => pair.Name).Should().Equal(together.Parameters.Names);
        foreach ((TrainedParameter one, TrainedParameter other) in
            together.Parameters.Trained.Zip(alone.Parameters.Trained))
        {
            Tensor difference = (one.Value.grad! - other.Value.grad!).abs().max();
            difference.item<double>().Should().BeLessThan(1e-9, one.Name);
        }
    }

    [Fact]
    public void Only_what_is_trained_has_gradients_and_recomputing_layers_does_not_change_them()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ModelFixture.Model();
        Dictionary<string, Tensor> first = Gradients(model, activationCheckpointing: false);
        Dictionary<string, Tensor> second = Gradients(model, activationCheckpointing: true);
        first.Keys.Should().Equal(
            "projection.0.weight",
            "projection.0.bias",
            "projection.1.weight",
            "projection.1.bias",
            "lang_embed.weight");
        foreach ((string name, Tensor gradient) in first)
        {
            gradient.abs().max().item<double>().Should().BeGreaterThan(0, name);
            (gradient - second[name]).abs().max().item<double>().Should().BeLessThan(1e-14, name);
        }
    }

    [Fact]
    public void A_decoder_alone_can_be_trained_though_none_of_its_inputs_asks_for_a_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ModelFixture.Model(trainable: ModelPart.Language);
        Dictionary<string, Tensor> first = Gradients(model, activationCheckpointing: false);
        Dictionary<string, Tensor> second = Gradients(model, activationCheckpointing: true);
        first.Should().HaveCount(20);
        foreach ((string name, Tensor gradient) in first)
            (gradient - second[name]).abs().max().item<double>().Should().BeLessThan(1e-14, name);
    }

    [Fact]
    public void Logits_of_a_position_do_not_depend_on_what_follows()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ModelFixture.Model();
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(2);
        Tensor longer = model.Logits([ModelFixture.Sample("abicdief").InputIds], images, [8]);
        Tensor shorter = model.Logits([ModelFixture.Sample("abicd").InputIds], images[..1], [8]);
        longer.shape.Should().Equal(1, 23);
        (longer - shorter).abs().max().item<double>().Should().BeLessThan(Tolerance);
    }

    [Theory]
    [InlineData(AttentionMode.Mmca, false)]
    [InlineData(AttentionMode.Mmca, true)]
    [InlineData(AttentionMode.MmcaDeepSpeed, true)]
    [InlineData(AttentionMode.CraCaMask, false)]
    [InlineData(AttentionMode.CraCaMask, true)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, false)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, true)]
    public void Sixteen_bits_are_computed_in_and_the_masters_stay_float32(AttentionMode mode, bool isPadded)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel wide =
            ChatModel.Create(ModelFixture.Description(ScalarType.Float32) with { Attention = mode });
        using ChatModel narrow = ChatModel.Create(ModelFixture.Description(ScalarType.BFloat16) with
        {
            Attention = mode,
            PadsAttention = isPadded,
            CopiesFrozen = isPadded,
        });
        using BatchLoss expected = wide.Loss(ModelFixture.Batch(5, "abicDE"));
        using BatchLoss actual = narrow.Loss(ModelFixture.Batch(5, "abicDE"));
        actual.Backward();
        narrow.Parameters["lang_decoder.lm_head.weight"].dtype.Should().Be(ScalarType.BFloat16);
        narrow.Parameters.Trained.Should().OnlyContain(item =>
            item.Value.dtype == ScalarType.Float32 && item.Value.grad!.dtype == ScalarType.Float32);
        actual.Sum.dtype.Should().Be(ScalarType.Float32);
        // Eight bits of mantissa.
        actual.Sum.item<float>().Should().BeApproximately(expected.Sum.item<float>(), 0.02f);
    }

    [Theory]
    [InlineData(AttentionMode.Mmca, false)]
    [InlineData(AttentionMode.Mmca, true)]
    [InlineData(AttentionMode.MmcaDeepSpeed, true)]
    [InlineData(AttentionMode.CraCaMask, false)]
    [InlineData(AttentionMode.CraCaMask, true)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, false)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, true)]
    public void Live_tensors_stay_flat_from_step_to_step(AttentionMode mode, bool isPadded)
    {
        using ChatModel model = ChatModel.Create(
            ModelFixture.Description() with { Attention = mode, PadsAttention = isPadded, CopiesFrozen = isPadded });
        long Step(bool activationCheckpointing)
        {
            using DisposeScope scope = NewDisposeScope();
            using BatchLoss loss = model.Loss(ModelFixture.Batch(5, "abicDE", "aB"), activationCheckpointing);
            loss.Backward();
            loss.Dispose();
            return scope.DisposablesCount;
        }

        _ = (Step(false), Step(true));
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step(false).Should().BeLessThan(4);
        Step(true).Should().BeLessThan(4);
        (DisposeScopeManager.Statistics.ThreadTotalLiveCount - before).Should().BeLessThanOrEqualTo(0);
    }

    [Fact]
    public void Samples_and_images_that_do_not_go_together_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ModelFixture.Model();
        Action tooFew = () => model.Loss(new MicroBatch([ModelFixture.Sample("aibiC")], ModelFixture.Images(1)));
        tooFew.Should().Throw<ArgumentException>().WithMessage("The samples show 2 images, and 1 are given.*");
        Action none = () => model.Loss(new MicroBatch([ModelFixture.Sample("aibiC")], []));
        none.Should().Throw<ArgumentException>().WithMessage("The samples show 2 images, and 0 are given.*");
        Action foreign = () => model.Logits([new[] { 1, 23 }], [], [0]);
        foreign.Should().Throw<ArgumentException>().WithMessage("23 is not an id of a vocabulary of 23.*");
        Action uneven = () => model.Loss(new MicroBatch([new ModelSample(new[] { 1, 2 }, new[] { 1 })], []));
        uneven.Should().Throw<ArgumentException>().WithMessage("A sample of 2 ids has 1 labels.*");
    }

    [Theory]
    [InlineData("gpu", "There is no device 'gpu'; there are cpu, cuda and cuda:N.")]
    [InlineData("cuda:x", "There is no device 'cuda:x'; there are cpu, cuda and cuda:N.")]
    public void A_device_that_does_not_exist_is_refused(string name, string why)
    {
        Action act = () => ChatModel.Create(ModelFixture.Description() with { Device = name });
        act.Should().Throw<ModelException>().WithMessage(why);
    }

    // The projection as its formula is written.
    private static Tensor VisualTokens(ChatModel model, IReadOnlyList<ReadOnlyMemory<byte>> images)
    {
        IEnumerable<Tensor> planes = images.Select(image =>
        {
            float[] values = new float[image.Length];
            ClipNormalization.Normalize(image.Span, values);
            return tensor(values, [3, 8, 8]);
        });
        Tensor pixels = stack(planes).to(ScalarType.Float64);
        ParameterSet weights = model.Parameters;
        Tensor features = model.Description.Vision.Tower(weights).Features(pixels);
        Tensor linear = features.matmul(weights["projection.0.weight"].t()).Plus(weights["projection.0.bias"]);
        Tensor centred = linear - linear.mean([-1], keepdim: true);
        using Scalar epsilon = 1e-12;
        Tensor deviation = (centred * centred).mean([-1], keepdim: true).Plus(epsilon).sqrt();
        return (centred / deviation * weights["projection.1.weight"]).Plus(weights["projection.1.bias"]);
    }

    private static Dictionary<string, Tensor> Gradients(ChatModel model, bool activationCheckpointing)
    {
        using BatchLoss loss = model.Loss(ModelFixture.Batch(5, "abicDE", "aiB"), activationCheckpointing);
        loss.Backward();
        var gradients = new Dictionary<string, Tensor>();
        foreach (TrainedParameter trained in model.Parameters.Trained)
        {
            gradients.Add(trained.Name, trained.Value.grad!.clone());
            trained.Value.grad = null;
        }

        return gradients;
    }
}
