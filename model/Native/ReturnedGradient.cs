using static TorchSharp.torch;

namespace VisualChat.Model.Native;

/// <summary>
/// What a custom function's backward pass returns to libtorch's engine, which takes a reference of
/// its own as soon as the function has returned. TorchSharp's object would keep the memory until it
/// is collected.
/// </summary>
internal static class ReturnedGradient
{
    [ThreadStatic]
    private static Tensor? Last;

    /// <summary>
    /// The gradient, out of every scope. It is disposed of when the thread returns the next one, or
    /// by <see cref="Release"/>.
    /// </summary>
    public static Tensor Of(Tensor gradient)
    {
        Last?.Dispose();
        return Last = gradient.DetachFromDisposeScope();
    }

    /// <summary>
    /// Lets go of the last one, when the backward pass has ended and the thread is about to.
    /// </summary>
    public static void Release()
    {
        Last?.Dispose();
        Last = null;
    }
}
