using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>
/// Root-mean-square normalisation (arXiv 1910.07467); an input of 16 bits is computed in float32.
/// </summary>
internal sealed record RmsNorm(Tensor Weight, double Epsilon)
{
    private readonly Scalar _epsilon = Epsilon;

    public Tensor Apply(Tensor x)
    {
        Tensor wide = x.dtype is ScalarType.BFloat16 or ScalarType.Float16 ? x.to(ScalarType.Float32) : x;
        Tensor unit = wide * (wide * wide).mean([-1], keepdim: true).AddInPlace(_epsilon).rsqrt_();
        return Linear.Cast(Weight, x) * unit.to(x.dtype);
    }
}
