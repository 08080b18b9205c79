using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>A layer bound to a pass, to be computed now and again.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Pass">The pass.</param>
/// <param name="Checkpointing">Receives what goes wrong while gradients are computed, where it cannot be thrown.</param>
internal sealed record LayerCall(LlamaLayer Layer, DecoderPass Pass, ActivationCheckpointing Checkpointing)
{
    /// <summary>How many tensors the layer takes: text rows, and image rows where there are any.</summary>
    public int Inputs { get; init; }

    public (Tensor Text, Tensor? Image) Forward(Tensor text, Tensor? image) => Layer.Forward(text, image, Pass);
}
