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
    /// <summary>Tensors the layer takes: text rows, and image rows if there are any.</summary>
    public int Inputs { get; init; }

    public (Tensor Text, Tensor? Image) Forward(Tensor text, Tensor? image) => Layer.Forward(text, image, Pass);
}
