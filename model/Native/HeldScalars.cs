using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Native;

/// <summary>Sums of tensors, and numbers that meet them, without an object that may be freed while libtorch reads it.</summary>
/// <remarks>
/// Where TorchSharp 0.107 makes a <see cref="Scalar"/> on its way (<c>x + y</c> and <c>x.add_(y)</c> make one for the factor of y, <c>x.square()</c> and <c>x * 2</c> another), nothing holds it while
/// libtorch reads it: a garbage collection at that moment lets its finalizer free it. On a busy machine that was seen several times in an hour of tests, as an
/// error ("Scalar.h: expected false"); it could as well be another number. Every scalar here is static, or disposed of after its use.
/// </remarks>
internal static class HeldScalars
{
    /// <summary>1.</summary>
    public static readonly Scalar One = 1;

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x, with y added to it in place.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y) => x.add_(y, One);

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Scalar y) => x.add(y, One);

    /// <summary>x, with y added to it in place.</summary>
    public static Tensor AddInPlace(this Tensor x, Scalar y) => x.add_(y, One);
}
