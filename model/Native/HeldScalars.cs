using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Native;

/// <summary>Sums whose <see cref="Scalar"/> cannot be freed while libtorch reads it.</summary>
/// <remarks>
/// <para>
/// TorchSharp 0.107 makes a <see cref="Scalar"/> inside many calls: <c>x + y</c> and
/// <c>x.add_(y)</c> make one for the factor of y, <c>x.square()</c> and <c>x * 2</c> make others.
/// Nothing holds that object while libtorch reads it. A garbage collection at that moment runs its
/// finalizer, which frees it.
/// </para>
/// <para>
/// A busy machine showed this several times in an hour of tests, as the error "Scalar.h: expected
/// false". It could as well be a wrong number. So every scalar here is static, or disposed of after
/// its use.
/// </para>
/// </remarks>
internal static class HeldScalars
{
    public static readonly Scalar One = 1;

    /// <summary>x + y as a new tensor.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <inheritdoc cref="Plus(Tensor, Tensor)"/>
    public static Tensor Plus(this Tensor x, Scalar y) => x.add(y, One);

    /// <summary>Changes x to x + y, and returns x.</summary>
    public static Tensor AddInPlace(this Tensor x, Tensor y) => x.add_(y, One);

    /// <inheritdoc cref="AddInPlace(Tensor, Tensor)"/>
    public static Tensor AddInPlace(this Tensor x, Scalar y) => x.add_(y, One);
}
