using static TorchSharp.torch;

namespace VisualChat.Model.Weights;

/// <summary>
/// A weight that the model has all the time. It keeps its own type and is cast to the input's; if
/// the types agree, nothing is cast.
/// </summary>
internal sealed class OwnWeight(Tensor value) : LinearWeight(value.shape[0], value.shape[1])
{
    public override Tensor Product(Tensor x, Tensor? bias) =>
        nn.functional.linear(x, value.dtype == x.dtype ? value : value.to(x.dtype), bias);

    public override LinearWeight Narrow(long first, long count) => new OwnWeight(value.narrow(0, first, count));
}
