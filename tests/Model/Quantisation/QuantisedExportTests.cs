using TorchSharp;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Quantisation;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Quantisation;

/// <summary>An export holds the numbers that a quantised model computes with.</summary>
public sealed class QuantisedExportTests
{
    private static readonly string[] Samples = ["abicDE", "aBC", "iabiiCDEFG"];

    [Theory]
    [InlineData(FrozenFormat.Nf4, ScalarType.BFloat16, false)]
    [InlineData(FrozenFormat.Int8, ScalarType.Float32, false)]
    [InlineData(FrozenFormat.Nf4, ScalarType.Float32, true)]
    public void A_whole_model_answers_as_before_without_being_quantised(
        FrozenFormat format, ScalarType type, bool isReleased)
    {
        ModelDescription description = ModelFixture.Description(type) with { Frozen = format };
        string folder = TestData.NewFolder();
        double loss;
        using (ChatModel quantised = ChatModel.Create(description))
        {
            loss = Loss(quantised);
            if (isReleased)
                ModelExport.WriteReleased(quantised, folder);
            else
                ModelExport.Write(quantised, folder);
        }

        using ChatModel exported = ChatModel.Create(description with
        {
            Frozen = null,
            Checkpoint = folder,
            CheckpointKind = isReleased ? CheckpointKind.Released : CheckpointKind.Whole,
        });

        exported.Parameters.Lent.Names.Should().BeEmpty();
        exported.Parameters["lang_decoder.model.layers.1.mlp.up_proj.weight"].dtype.Should().Be(type);
        Loss(exported).Should().Be(loss);
    }

    [Fact]
    public void So_do_towers_that_other_tools_open()
    {
        string vision = TestData.NewFolder(), language = TestData.NewFolder();
        ModelDescription description = ModelFixture.Description(ScalarType.Float32) with { Frozen = FrozenFormat.Nf4 };
        using ChatModel quantised = ChatModel.Create(description);
        ModelExport.WriteTowers(quantised, vision, language);

        LlamaConfig.Read(language).Stored.Should().BeNull();
        using ChatModel opened = ChatModel.Create(description with
        {
            Frozen = null,
            Vision = VisionTowerConfig.Read(vision),
            VisionFolder = vision,
            Language = LlamaConfig.Read(language),
            LanguageFolder = language,
        });

        Loss(opened).Should().Be(Loss(quantised));
    }

    private static double Loss(ChatModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        using BatchLoss loss = model.Loss(ModelFixture.Batch(3, Samples));
        return loss.Sum.item<float>();
    }
}
