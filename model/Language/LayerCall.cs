using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>
/// A layer and the pass it is computed in: once forward, and again for its gradients.
/// </summary>
/// <param name="Layer">The layer.</param>
/// <param name="Pass">The pass.</param>
/// <param name="Checkpointing">
/// Receives what goes wrong in the backward pass, where nothing can be thrown.
/// </param>
internal sealed record LayerCall(LlamaLayer Layer, DecoderPass Pass, ActivationCheckpointing Checkpointing)
{
    public Tensor Forward(Tensor x) => Layer.Forward(x, Pass);
}
