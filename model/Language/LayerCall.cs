using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>
/// A layer in the pass it is computed in: once forward, and again for its gradients.
/// </summary>
/// <param name="Forward">The layer, from its inputs to its rows.</param>
/// <param name="Checkpointing">
/// Receives what goes wrong in the backward pass, where nothing can be thrown.
/// </param>
internal sealed record LayerCall(Func<IReadOnlyList<Tensor>, Tensor> Forward, ActivationCheckpointing Checkpointing);
