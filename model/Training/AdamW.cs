using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Training;

/// <summary>
/// Adam with decoupled weight decay (arXiv 1711.05101, algorithm 2), of what a model trains. Its moments have names, so that they can be
/// written and read back bit by bit.
/// </summary>
/// <remarks>
/// Two moments a weight, in the weight's type. An update allocates nothing the size of a weight: the gradient, which nobody needs
/// afterwards, serves as the place to work in.
/// </remarks>
internal sealed class AdamW : IDisposable
{
    public const double Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8;

    // Held: see HeldScalars.
    private static readonly Scalar Keep1 = Beta1, Take1 = 1 - Beta1, Keep2 = Beta2, Take2 = 1 - Beta2, HeldEpsilon = Epsilon;

    private const string FirstPrefix = "exp_avg.", SecondPrefix = "exp_avg_sq.";

    private readonly IReadOnlyList<Slot> _slots;

    public AdamW(IReadOnlyList<(string Name, Parameter Value)> trained) => _slots = [.. trained.Select(item => Slot.Of(item.Name, item.Value))];

    /// <summary>The moments by name: <c>exp_avg.NAME</c> and <c>exp_avg_sq.NAME</c>, as torch.optim calls them.</summary>
    public IEnumerable<(string Name, Tensor Value)> Moments => _slots.SelectMany(slot => new[] { (FirstPrefix + slot.Name, slot.First), (SecondPrefix + slot.Name, slot.Second) });

    /// <summary>Moves the weights along their gradients, and uses the gradients up.</summary>
    /// <param name="step">Which step this is, from 1.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="embeddingRate">That of the input embeddings.</param>
    /// <param name="visionRate">That of the vision tower and the projection; null: they and their moments stay as they are.</param>
    /// <param name="weightDecay">What a matrix loses of itself, times its rate.</param>
    public void Step(long step, double rate, double embeddingRate, double? visionRate, double weightDecay)
    {
        using IDisposable frozen = no_grad();
        double unbias1 = 1 - Math.Pow(Beta1, step), unbias2 = Math.Sqrt(1 - Math.Pow(Beta2, step));
        using Scalar heldUnbias2 = unbias2;
        foreach (Slot slot in _slots)
        {
            if (slot.IsVision && visionRate is null)
                continue;
            using DisposeScope scope = NewDisposeScope();
            double own = slot.IsVision ? visionRate!.Value : slot.IsEmbedding ? embeddingRate : rate;
            // A weight that no sample of the update met has no gradient, which is a gradient of zeros.
            Tensor gradient = slot.Weight.grad ?? zeros_like(slot.Weight);
            using Scalar kept = 1 - (own * weightDecay), taken = -own / unbias1;
            if (slot.Decays && weightDecay != 0)
                _ = slot.Weight.mul_(kept);
            _ = slot.First.mul_(Keep1).add_(gradient, Take1);
            _ = slot.Second.mul_(Keep2).addcmul_(gradient, gradient, Take2);
            Tensor divisor = gradient.copy_(slot.Second).sqrt_().div_(heldUnbias2).AddInPlace(HeldEpsilon);
            _ = slot.Weight.addcdiv_(slot.First, divisor, taken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, Tensor moment) in Moments)
            moment.Dispose();
    }

    /// <summary>A weight and its moments.</summary>
    private sealed record Slot(string Name, Parameter Weight, Tensor First, Tensor Second)
    {
        public bool IsEmbedding => Name == LlamaParameters.Embedding;

        public bool IsVision { get; } = Trainer.IsVision(Name);

        public bool Decays { get; } = Trainer.IsMatrix(Name, Weight);

        public static Slot Of(string name, Parameter weight)
        {
            using IDisposable frozen = no_grad();
            return new Slot(name, weight, zeros_like(weight).DetachFromDisposeScope(), zeros_like(weight).DetachFromDisposeScope());
        }
    }
}
