using TorchSharp;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Parameters;
using VisualChat.Model.Quantisation;
using VisualChat.Model.Tests.Training;
using VisualChat.Model.Training;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Quantisation;

/// <summary>Compares bits: see <see cref="TrainerRestoreTests"/>.</summary>
[CollectionDefinition(nameof(QuantisedTrainingTests), DisableParallelization = true)]
[Collection(nameof(QuantisedTrainingTests))]
public sealed class QuantisedTrainingTests : IDisposable
{
    private const string Down = "lang_decoder.model.layers.0.mlp.down_proj.weight";

    private static readonly string[] Samples = ["abicDE", "aBC", "iabiiCDEFG", "abiC"];

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(FrozenFormat.Nf4, false, ScalarType.Float32)]
    [InlineData(FrozenFormat.Nf4, true, ScalarType.Float32)]
    [InlineData(FrozenFormat.Int8, false, ScalarType.Float32)]
    [InlineData(FrozenFormat.Int8, true, ScalarType.Float32)]
    [InlineData(FrozenFormat.Nf4, true, ScalarType.BFloat16)]
    public void A_training_is_that_of_the_dequantised_weights_bit_for_bit(
        FrozenFormat format, bool isCheckpointed, ScalarType type)
    {
        ModelDescription description = ModelFixture.Description(type);
        using ChatModel quantised = ChatModel.Create(description with { Frozen = format });
        using ChatModel dense = Dense(description, quantised);

        Trained(quantised, isCheckpointed).Should().BeEquivalentTo(Trained(dense, isCheckpointed));
    }

    [Theory]
    [InlineData(FrozenFormat.Nf4)]
    [InlineData(FrozenFormat.Int8)]
    public void What_a_GPU_does_gives_the_same_losses(FrozenFormat format)
    {
        ModelDescription description = ModelFixture.Description() with { Frozen = format };
        using ChatModel host = ChatModel.Create(description);
        using ChatModel device = ChatModel.Create(description with { CopiesFrozen = true, PadsAttention = true });
        const string Joined = "lang_decoder.model.layers.0.self_attn.qkv_proj.weight";
        (device.Parameters.Lent.JoinedOf(Joined) is not null).Should().Be(format == FrozenFormat.Int8);

        double[] ofHost = Losses(host), ofDevice = Losses(device);

        for (int update = 0; update < ofHost.Length; update++)
            ofDevice[update].Should().BeApproximately(ofHost[update], 1e-10);
    }

    [Fact]
    public void Layers_wide_enough_are_joined_in_four_bits_too()
    {
        ModelDescription description = ModelFixture.Description(ScalarType.Float64) with
        {
            Frozen = FrozenFormat.Nf4,
            Language = ModelFixture.Description().Language with { HiddenSize = 256, IntermediateSize = 320 },
        };
        using ChatModel host = ChatModel.Create(description);
        using ChatModel device = ChatModel.Create(description with { CopiesFrozen = true, PadsAttention = true });
        foreach (string joined in (string[])["self_attn.qkv_proj", "mlp.gate_up_proj"])
        {
            device.Parameters.Lent.JoinedOf($"lang_decoder.model.layers.1.{joined}.weight").Should().NotBeNull();
            host.Parameters.Lent.JoinedOf($"lang_decoder.model.layers.1.{joined}.weight").Should().BeNull();
        }

        device.Parameters.Lent.Of(Down)!.Lend(ScalarType.Float32)
            .Equals(host.Parameters.Lent.Of(Down)!.Lend(ScalarType.Float32)).Should().BeTrue();
        Losses(device)[^1].Should().BeApproximately(Losses(host)[^1], 1e-9);
    }

    [Fact]
    public void Only_frozen_linear_maps_are_quantised()
    {
        ModelDescription description = ModelFixture.Description(ScalarType.Float32) with
        {
            Frozen = FrozenFormat.Nf4,
            Trainable = ModelPart.Projection | ModelPart.Vision,
        };
        using ChatModel model = ChatModel.Create(description);

        model.Parameters.Lent.Names.Should().HaveCount(2 * 7).And.AllSatisfy(name =>
            name.Should().StartWith("lang_decoder.model.layers.").And.EndWith("_proj.weight"));
        using ChatModel frozen = ChatModel.Create(description with { Trainable = ModelPart.Projection });
        frozen.Parameters.Lent.Names.Where(name => name.StartsWith("vis_encoder.", StringComparison.Ordinal))
            .Should().HaveCount(2 * 6);
        frozen.Parameters["lang_decoder.lm_head.weight"].dtype.Should().Be(ScalarType.Float32);
        frozen.Parameters["vis_encoder.vision_model.embeddings.patch_embedding.weight"].shape.Should().HaveCount(4);
    }

    [Fact]
    public void A_folder_is_quantised_as_its_numbers_are()
    {
        ModelDescription random = ModelFixture.Description(ScalarType.Float32);
        string folder = TestData.NewFolder();
        using (ChatModel model = ChatModel.Create(random))
            ModelExport.Write(model, folder);
        using ChatModel loaded = ChatModel.Create(random with
        {
            Checkpoint = folder,
            CheckpointKind = CheckpointKind.Whole,
            Frozen = FrozenFormat.Nf4,
        });
        using ChatModel started = ChatModel.Create(random with { Frozen = FrozenFormat.Nf4 });

        loaded.Parameters.Lent.Of(Down)!.Lend(ScalarType.Float32)
            .Equals(started.Parameters.Lent.Of(Down)!.Lend(ScalarType.Float32)).Should().BeTrue();
    }

    [Fact]
    public void A_weight_that_cannot_be_made_in_the_backward_pass_ends_the_update_and_not_the_process()
    {
        var failures = new BackwardFailures();
        using var weight = new FailingWeight { Failures = failures };
        Tensor x = ones([3, 4], ScalarType.Float32, requires_grad: true);
        Tensor y = new Linear(weight).Apply(x).sum();
        weight.Fails = true;

        y.backward();

        ((Action)failures.ThrowIfAny).Should().Throw<AggregateException>()
            .Which.InnerExceptions.Should().ContainSingle().Which.Message.Should().Be("no room");
        failures.ThrowIfAny();
    }

    // The same model whose frozen tensors are what the quantised one computes with.
    private static ChatModel Dense(ModelDescription description, ChatModel quantised)
    {
        ChatModel dense = ChatModel.Create(description);
        using IDisposable frozen = no_grad();
        foreach (string name in quantised.Parameters.Lent.Names)
        {
            using Tensor lent = quantised.Parameters.Lent.Of(name)!.Lend(dense.Parameters[name].dtype);
            _ = dense.Parameters[name].copy_(lent);
        }

        return dense;
    }

    private static double[] Losses(ChatModel model)
    {
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        return [.. Enumerable.Range(0, 3).Select(_ => trainer.Update([ModelFixture.Batch(5, Samples)]).Loss)];
    }

    private static Dictionary<string, float[]> Trained(ChatModel model, bool isCheckpointed)
    {
        TrainerSettings settings = TrainerFixture.Settings with { ActivationCheckpointing = isCheckpointed };
        using var trainer = new Trainer(model, settings);
        for (int update = 0; update < 3; update++)
            _ = trainer.Update([ModelFixture.Batch(5, Samples), ModelFixture.Batch(6, Samples)]);
        return TrainerFixture.Weights(model);
    }

    private sealed class FailingWeight() : LentWeight(4, 4)
    {
        public bool Fails { get; set; }

        protected override IEnumerable<Tensor> Kept => [];

        public override Tensor Lend(ScalarType type) =>
            Fails ? throw new InvalidOperationException("no room") : ones([4, 4], type);

        public override LentWeight Alias(BackwardFailures failures) => this;

        public override LinearWeight Narrow(long first, long count) => this;
    }
}
