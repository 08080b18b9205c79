using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>Layer normalisation over the last dimension.</summary>
internal sealed record LayerNorm(Tensor Weight, Tensor Bias, double Epsilon)
{
    public static LayerNorm Of(ParameterSet parameters, string name, double epsilon) =>
        new(parameters[name + ".weight"], parameters[name + ".bias"], epsilon);

    public Tensor Apply(Tensor x) =>
        nn.functional.layer_norm(x, [x.shape[^1]], Linear.Cast(Weight, x), Linear.Cast(Bias, x), Epsilon);
}
