using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.CrossAttention;

/// <summary>The tiny model with gated layers.</summary>
internal static class CrossAttentionFixture
{
    /// <summary>Every setting whose code differs.</summary>
    public static CrossAttentionConfig[] Configs { get; } =
    [
        new() { Every = 1 },
        new() { Every = 1, Images = SeenImages.Immediate },
        new() { Every = 2, Resampler = MediaResampler.Perceiver, Latents = 3, Depth = 2 },
        new()
        {
            Every = 1,
            Resampler = MediaResampler.Perceiver,
            Latents = 2,
            Depth = 1,
            Images = SeenImages.Immediate,
        },
    ];

    public static ModelDescription Description(
        CrossAttentionConfig? config = null, ScalarType type = ScalarType.Float64) =>
        ModelFixture.Description(type) with
        {
            Attention = AttentionMode.CraCa,
            CrossAttention = config ?? Configs[0],
            Trainable = ModelPart.Projection | ModelPart.Embeddings | ModelPart.CrossAttention,
        };

    /// <summary>
    /// A model whose gates are open: at its start, nothing of an image passes them.
    /// </summary>
    public static ChatModel Open(ModelDescription description)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        ChatModel model = ChatModel.Create(description);
        double open = 0.5;
        foreach (string name in model.Parameters.Names.Where(IsGate))
        {
            using Scalar gate = open += 0.25;
            _ = model.Parameters[name].fill_(gate);
        }

        return model;
    }

    public static bool IsGate(string name) => name.EndsWith("_gate", StringComparison.Ordinal);
}
