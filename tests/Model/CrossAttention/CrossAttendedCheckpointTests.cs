using TorchSharp;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;
using VisualChat.Model.Tests.Training;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.CrossAttention;

/// <summary>
/// What is trained and exported, by OpenFlamingo's names, and what does not go together.
/// </summary>
public sealed class CrossAttendedCheckpointTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_checkpoint_and_an_export_hold_the_layers_by_the_originals_names(int config)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelDescription description =
            CrossAttentionFixture.Description(CrossAttentionFixture.Configs[config], ScalarType.Float32);
        using ChatModel model = CrossAttentionFixture.Open(description);
        string trained = Saved(model), whole = TestData.NewFolder();
        ModelExport.Write(model, whole);
        string gate = $"gated_cross_attn_layers.{(config == 0 ? 0 : 1)}.attn_gate";
        string media = config == 0 ? "projection.0.weight" : "perceiver.layers.1.0.to_kv.weight";
        foreach (string folder in new[] { trained, whole })
            WeightFolder.Open(folder).Tensors.Keys.Should().Contain([gate, media]);

        ReadOnlyMemory<int>[] ids = [ModelFixture.Sample("abicdief").InputIds];
        Tensor expected = model.Logits(ids, ModelFixture.Images(2), [7]);
        using ChatModel fromTrained = ChatModel.Create(description with { Checkpoint = trained });
        using ChatModel fromStart = ChatModel.Create(description with { Start = trained });
        using ChatModel fromWhole = ChatModel.Create(
            description with { Checkpoint = whole, CheckpointKind = CheckpointKind.Whole, Seed = 9 });
        foreach (ChatModel again in new[] { fromTrained, fromStart, fromWhole })
        {
            GoldenFlamingo.RelativeDifference(again.Logits(ids, ModelFixture.Images(2), [7]), expected)
                .Should().BeLessThan(1e-5);
        }
    }

    [Fact]
    public void A_configuration_says_where_the_layers_stand_and_what_they_look_at()
    {
        ModelConfig.Json(CrossAttentionFixture.Description(), whole: false).Should().Contain(
            """
              "attention": "cra-ca",
              "cross_attention": {
                "every": 1,
                "resampler": "none",
                "images": "all"
              },
            """);
        ModelConfig.Json(CrossAttentionFixture.Description(CrossAttentionFixture.Configs[3]), whole: true)
            .Should().Contain(
                """
                  "cross_attention": {
                    "every": 1,
                    "resampler": "perceiver",
                    "latents": 2,
                    "depth": 1,
                    "images": "immediate"
                  },
                """);
        ModelConfig.Json(ModelFixture.Description(), whole: true).Should().NotContain("cross_attention");
    }

    [Fact]
    public void What_does_not_go_with_a_checkpoint_is_refused_with_both_named()
    {
        using ChatModel projected = ChatModel.Create(CrossAttentionFixture.Description(type: ScalarType.Float32));
        using ChatModel resampled = ChatModel.Create(
            CrossAttentionFixture.Description(CrossAttentionFixture.Configs[2], ScalarType.Float32));
        (string ofProjected, string ofResampled) = (Saved(projected), Saved(resampled));

        Refused(ModelFixture.Description() with { Checkpoint = ofProjected }).Should().Equal(
            $"'{ofProjected}' holds the gated layers of the attention 'cra-ca', and this model's attention is 'mmca'.");
        Refused(CrossAttentionFixture.Description(new() { Every = 2 }) with { Start = ofProjected }).Should().Equal(
            $"'{ofProjected}' holds gated layers before the decoder's layers 0, 1, and this model's stand before 1.");
        Refused(CrossAttentionFixture.Description(new() { Every = 2 }) with { Checkpoint = ofResampled })
            .Should().Equal(
                $"'{ofResampled}' holds the resampler 'perceiver' in the projection's place, and this model has the "
                + "projection 'baseline'.");
        Refused(CrossAttentionFixture.Description(CrossAttentionFixture.Configs[3]) with { Checkpoint = ofProjected })
            .Should().Equal(
                $"'{ofProjected}' holds the projection 'baseline', and in this model the resampler 'perceiver' takes "
                + "its place.");
        Refused(CrossAttentionFixture.Description(new() { Every = 3 })).Should().Equal(
            "A gated layer stands before every 3 layers, and the decoder has 2, so that none would look at an image: "
            + "take a smaller number.");
    }

    [Fact]
    public void A_model_trained_under_another_attention_is_a_start_whose_gates_are_closed()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel mmca = ChatModel.Create(ModelFixture.Description(ScalarType.Float32) with { Seed = 4 });
        string folder = Saved(mmca);
        using ChatModel started = ChatModel.Create(
            CrossAttentionFixture.Description(type: ScalarType.Float32) with { Start = folder });
        GoldenFlamingo.RelativeDifference(
            started.Parameters["projection.0.weight"], mmca.Parameters["projection.0.weight"]).Should().Be(0);
        started.Parameters["gated_cross_attn_layers.1.attn_gate"].item<float>().Should().Be(0);
    }

    private static string Saved(ChatModel model)
    {
        using var trainer = new Trainer(model, TrainerFixture.Settings);
        return TrainerFixture.Saved(trainer);
    }

    private static IReadOnlyList<string> Refused(ModelDescription description)
    {
        Action create = () => ChatModel.Create(description).Dispose();
        return create.Should().Throw<ModelException>().Which.Problems;
    }
}
