using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Training;

/// <summary>
/// Adam with decoupled weight decay (arXiv 1711.05101, algorithm 2). Its moments have names, so
/// they can be written and read back bit by bit.
/// </summary>
/// <remarks>
/// Two moments for each weight, in the weight's type. An update allocates nothing the size of a
/// weight: nobody needs the gradient afterwards, so it serves as scratch memory.
/// </remarks>
internal sealed class AdamW : IDisposable
{
    public const double Beta1 = 0.9, Beta2 = 0.95;

    private const string FirstPrefix = "exp_avg.", SecondPrefix = "exp_avg_sq.";

    // Held: see HeldScalars.
    private static readonly Scalar Keep1 = Beta1, Take1 = 1 - Beta1, Keep2 = Beta2, Take2 = 1 - Beta2;

    private readonly Scalar _epsilon;
    private readonly EpsilonPlace _place;
    private readonly IReadOnlyList<Slot> _slots;

    /// <param name="trained">What is trained.</param>
    /// <param name="epsilon">Keeps a weight without a gradient from a division by zero.</param>
    /// <param name="place">Where it is added.</param>
    public AdamW(IReadOnlyList<TrainedParameter> trained, double epsilon, EpsilonPlace place)
    {
        (_epsilon, _place) = (epsilon, place);
        _slots = [.. trained.Select(Slot.Of)];
    }

    /// <summary>
    /// The moments by name: <c>exp_avg.NAME</c> and <c>exp_avg_sq.NAME</c>, as torch.optim calls
    /// them.
    /// </summary>
    public IEnumerable<(string Name, Tensor Value)> Moments => _slots.SelectMany(slot => new[]
    {
        (FirstPrefix + slot.Trained.Name, slot.First),
        (SecondPrefix + slot.Trained.Name, slot.Second),
    });

    /// <summary>Moves the weights along their gradients, and uses the gradients up.</summary>
    /// <param name="step">Which step this is, from 1.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="embeddingRate">The rate of the input embeddings.</param>
    /// <param name="visionRate">
    /// The rate of the vision tower and the projection; null: they and their moments do not change.
    /// </param>
    /// <param name="weightDecay">The share of itself that a matrix loses, times its rate.</param>
    public void Step(long step, double rate, double embeddingRate, double? visionRate, double weightDecay)
    {
        using IDisposable frozen = no_grad();
        double unbias1 = 1 - Math.Pow(Beta1, step);
        double unbias2 = Math.Sqrt(1 - Math.Pow(Beta2, step));
        bool isCorrectedFirst = _place == EpsilonPlace.CorrectedRoot;
        using Scalar rootCorrection = unbias2;
        foreach (Slot slot in _slots)
        {
            double? own = slot.Trained.IsVision ? visionRate : slot.Trained.IsEmbedding ? embeddingRate : rate;
            if (own is null)
                continue;
            using DisposeScope scope = NewDisposeScope();
            // A weight that no sample of the update met has no gradient; that means zeros.
            Parameter weight = slot.Trained.Value;
            Tensor gradient = weight.grad ?? zeros_like(weight);
            double correction = isCorrectedFirst ? unbias1 : unbias1 / unbias2;
            using Scalar kept = 1 - (own.Value * weightDecay), taken = -own.Value / correction;
            if (slot.Decays && weightDecay != 0)
                _ = weight.mul_(kept);
            _ = slot.First.mul_(Keep1).add_(gradient, Take1);
            _ = slot.Second.mul_(Keep2).addcmul_(gradient, gradient, Take2);
            Tensor root = gradient.copy_(slot.Second).sqrt_();
            if (isCorrectedFirst)
                _ = root.div_(rootCorrection);
            _ = weight.addcdiv_(slot.First, root.AddInPlace(_epsilon), taken);
        }
    }

    public void Dispose()
    {
        foreach ((_, Tensor moment) in Moments)
            moment.Dispose();
        _epsilon.Dispose();
    }

    /// <summary>A weight and its moments.</summary>
    private sealed record Slot(TrainedParameter Trained, Tensor First, Tensor Second)
    {
        public bool Decays => Trained.Spec.Role is ParameterRole.Matrix or ParameterRole.Head;

        public static Slot Of(TrainedParameter trained)
        {
            using IDisposable frozen = no_grad();
            return new Slot(
                trained,
                zeros_like(trained.Value).DetachFromDisposeScope(),
                zeros_like(trained.Value).DetachFromDisposeScope());
        }
    }
}
