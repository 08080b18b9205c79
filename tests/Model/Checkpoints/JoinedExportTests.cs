using VisualChat.Model.Checkpoints;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Checkpoints;

/// <summary>
/// On a GPU query, key and value maps share a tensor, and so do gate and up. What is exported is as
/// though they did not.
/// </summary>
public sealed class JoinedExportTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_of_joined_weights_is_exported_to_the_same_bytes(bool isReleased)
    {
        ModelDescription description = ModelFixture.Description(ScalarType.Float32, seed: 4);
        using ChatModel apart = ChatModel.Create(description);
        using ChatModel joined = ChatModel.Create(description with { CopiesFrozen = true });
        joined.Parameters.Joined("lang_decoder.model.layers.0.mlp.gate_up_proj.weight").Should().NotBeNull();
        joined.Parameters.Joined("lang_decoder.model.layers.1.self_attn.qkv_proj.weight").Should().NotBeNull();

        Export(joined).Should().Equal(Export(apart));

        byte[] Export(ChatModel model)
        {
            string folder = TestData.NewFolder();
            if (isReleased)
                ModelExport.WriteReleased(model, folder);
            else
                ModelExport.Write(model, folder);
            string name = isReleased ? "pytorch_model.bin" : "model.safetensors";
            return File.ReadAllBytes(Path.Combine(folder, name));
        }
    }
}
