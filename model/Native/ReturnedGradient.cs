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
    private static IReadOnlyList<Tensor?>? Last;

    /// <summary>
    /// The gradient, out of every scope. It is disposed of when the thread returns the next one, or
    /// by <see cref="Release"/>.
    /// </summary>
    public static Tensor Of(Tensor gradient) => Of([gradient])[0];

    /// <summary>
    /// The same of all that a function returns. Null, where there is none, is what the engine
    /// takes.
    /// </summary>
    public static IReadOnlyList<Tensor> Of(IReadOnlyList<Tensor?> gradients)
    {
        Release();
        foreach (Tensor? gradient in gradients)
            _ = gradient?.DetachFromDisposeScope();
        Last = gradients;
        return gradients!;
    }

    /// <summary>
    /// Lets go of the last one, when the backward pass has ended and the thread is about to.
    /// </summary>
    public static void Release()
    {
        foreach (Tensor? gradient in Last ?? [])
            gradient?.Dispose();
        Last = null;
    }
}
