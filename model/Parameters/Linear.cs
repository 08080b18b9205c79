using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>A linear map whose weight stays in the type it is kept in and is cast to its input's: float32 masters, or a file's 16 bits.</summary>
/// <remarks>Where the types agree nothing is cast. The product is the floor: 2 · rows · in · out operations, twice that again backwards.</remarks>
internal sealed record Linear(Tensor Weight, Tensor? Bias = null)
{
    public static Linear Of(ParameterSet parameters, string name, bool bias = false) =>
        new(parameters[name + ".weight"], bias ? parameters[name + ".bias"] : null);

    public Tensor Apply(Tensor x) => nn.functional.linear(x, Cast(Weight, x), Bias is null ? null : Cast(Bias, x));

    /// <summary>A weight in the type of what it meets.</summary>
    public static Tensor Cast(Tensor weight, Tensor x) => weight.dtype == x.dtype ? weight : weight.to(x.dtype);
}
