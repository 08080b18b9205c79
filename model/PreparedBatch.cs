using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model;

/// <summary>
/// A micro-batch that is ready for the device: planned, with its numbers and pixels in the host's
/// memory where an upload takes them from. It owns that memory; no dispose scope does, so any
/// thread may make it and any other dispose of it.
/// </summary>
internal sealed class PreparedBatch : IDisposable
{
    /// <summary>What the decoder reads; null: nothing, images alone are learned from.</summary>
    public PreparedText? Text { get; init; }

    /// <summary>The hidden blocks of all images; null: text is learned.</summary>
    public NumberRange? HiddenBlocks { get; init; }

    /// <summary>[count] All numbers, packed.</summary>
    public required Tensor Numbers { get; init; }

    /// <summary>[images, S, S, 3] bytes; null without images.</summary>
    public required Tensor? Pixels { get; init; }

    /// <summary>
    /// [images, P, F] what a frozen tower gave, in place of pixels; null: it was not kept.
    /// </summary>
    public required Tensor? Features { get; init; }

    /// <summary>
    /// [images, P, F] on the device, if <see cref="ChatModel.EncodeAhead"/> has made them.
    /// </summary>
    public Tensor? Encoded { get; set; }

    /// <summary>
    /// Lets go of the host's memory. Copies that are under way read it to their end: libtorch gives
    /// pinned memory to nobody else before (<see cref="DeviceTransfers.HostMemory"/>).
    /// </summary>
    public void Dispose()
    {
        Numbers.Dispose();
        Pixels?.Dispose();
        Features?.Dispose();
        Encoded?.Dispose();
    }
}
