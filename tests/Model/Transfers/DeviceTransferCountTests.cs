using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Generation;
using VisualChat.Model.Tests.Training;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Transfers;

/// <summary>
/// A GPU waits for the host at every read, and used to wait at every upload. Whatever the batch,
/// there are as few as can be. Its trainings set the process's threads, and so run alone.
/// </summary>
[CollectionDefinition(nameof(DeviceTransferCountTests), DisableParallelization = true)]
[Collection(nameof(DeviceTransferCountTests))]
public sealed class DeviceTransferCountTests
{
    private static readonly string[] Samples = ["abicDE", "aBiiC", "abcD"];

    public static TheoryData<AttentionMode> Modes => [.. Enum.GetValues<AttentionMode>()];

    // Padded as on a GPU, and in blocks as on a CPU.
    public static TheoryData<AttentionMode, bool> ModesAndPadding
    {
        get
        {
            var data = new TheoryData<AttentionMode, bool>();
            foreach (AttentionMode mode in Enum.GetValues<AttentionMode>())
            {
                data.Add(mode, true);
                data.Add(mode, false);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ModesAndPadding))]
    public void A_micro_batch_makes_two_uploads_and_no_read(AttentionMode mode, bool isPadded)
    {
        using ChatModel model = Model(mode, isPadded);
        MicroBatch batch = ModelFixture.Batch(1, Samples);

        using BatchLoss loss = model.Loss(batch);
        loss.Backward();

        (model.Transfers.Uploads, model.Transfers.Reads).Should().Be((2, 0));
    }

    [Theory]
    [MemberData(nameof(ModesAndPadding))]
    public void A_micro_batch_whose_layers_are_recomputed_makes_no_more(AttentionMode mode, bool isPadded)
    {
        using ChatModel model = Model(mode, isPadded);

        using BatchLoss loss = model.Loss(ModelFixture.Batch(1, Samples), activationCheckpointing: true);
        loss.Backward();

        (model.Transfers.Uploads, model.Transfers.Reads).Should().Be((2, 0));
    }

    [Theory]
    [MemberData(nameof(ModesAndPadding))]
    public void An_update_makes_one_read(AttentionMode mode, bool isPadded)
    {
        using ChatModel model = Model(mode, isPadded);
        using var trainer = new Trainer(model, TrainerFixture.Settings with { Optimizer = OptimizerKind.Muon });

        UpdateResult one = trainer.Update([ModelFixture.Batch(1, Samples)]);
        (model.Transfers.Uploads, model.Transfers.Reads).Should().Be((2, 1));
        UpdateResult other = trainer.Update([ModelFixture.Batch(1, Samples), ModelFixture.Batch(2, Samples)]);
        model.Transfers.Reads.Should().Be(2);

        (one.Skipped, other.Skipped).Should().Be((null, null));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_generated_token_makes_no_upload_and_one_read(AttentionMode mode)
    {
        SamplingSettings[] settings =
        [
            new(),
            new() { Temperature = 1, TopK = 5, TopP = 0.9, RepetitionPenalty = 1.1 },
        ];
        foreach (SamplingSettings sampling in settings)
        {
            Transfers(mode, sampling, choosesOnDevice: true).Should().Be((0, 1));
            Transfers(mode, sampling, choosesOnDevice: false).Should().Be((0, 1));
        }
    }

    [Fact]
    public void Nothing_else_of_the_library_copies_to_or_from_a_device()
    {
        string[] forbidden =
        [
            "item", "ToScalar", "ToSingle", "ToDouble", "ToInt32", "ToInt64", "ToBoolean", "cpu", "cuda", "to(Device)",
            // Their results' sizes have to be known on the host.
            "nonzero", "argwhere", "masked_select", "unique",
        ];
        string[] allowed =
        [
            "DeviceTransfers", "SafetensorsTensor",
            // Once, when a model is made.
            "ParameterLoader", "PixelTable",
        ];

        TensorCalls.Of(typeof(ChatModel).Assembly.Location, forbidden)
            .Should().Contain(["DeviceTransfers.Read: cpu", "DeviceTransfers.Upload: to(Device)"]);
        TensorCalls.Of(typeof(TestData).Assembly.Location, forbidden).Should().Contain(call => call.EndsWith(": item"));
        TensorCalls.Of(typeof(ChatModel).Assembly.Location, forbidden)
            .Where(call => !allowed.Any(type => call.StartsWith(type, StringComparison.Ordinal)))
            .Should().BeEmpty();
    }

    // Of the second token of an answer: the first one's sends the prompt's ids.
    private static (long Uploads, long Reads) Transfers(
        AttentionMode mode, SamplingSettings settings, bool choosesOnDevice)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = Model(mode);
        using var session = new ModelSession(model) { ChoosesOnDevice = choosesOnDevice };
        session.Append(ModelFixture.Sample("abicde").InputIds.Span, ModelFixture.Images(1));
        using IEnumerator<int> tokens = new TokenGeneration(session, settings, [], []).Tokens().GetEnumerator();
        _ = tokens.MoveNext();
        (long uploads, long reads) = (model.Transfers.Uploads, model.Transfers.Reads);
        _ = tokens.MoveNext();
        return (model.Transfers.Uploads - uploads, model.Transfers.Reads - reads);
    }

    private static ChatModel Model(AttentionMode mode, bool? isPadded = null) => ChatModel.Create(
        ModelFixture.Description(ScalarType.Float32) with { Attention = mode, PadsAttention = isPadded });
}
