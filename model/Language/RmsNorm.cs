using TorchSharp;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>Root-mean-square normalisation (arXiv 1910.07467), in float32 where its input has 16 bits.</summary>
/// <remarks>
/// Numbers that meet tensors are held, here as everywhere: one that TorchSharp makes on the way (<c>x.square()</c>, <c>x * 2</c>) may be finalized while libtorch reads it. That was seen once in a million
/// products, as an error; it could as well be another number.
/// </remarks>
internal sealed record RmsNorm(Tensor Weight, double Epsilon)
{
    private readonly Scalar _epsilon = Epsilon;

    public Tensor Apply(Tensor x)
    {
        Tensor wide = x.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? x.to(ScalarType.Float32) : x;
        Tensor unit = wide * (wide * wide).mean([-1], keepdim: true).add_(_epsilon).rsqrt_();
        return Linear.Cast(Weight, x) * unit.to(x.dtype);
    }
}
