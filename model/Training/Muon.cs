using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Training;

/// <summary>
/// Muon (Jordan, 2024; its rates as in arXiv 2502.16982, equation 4): a matrix moves by its momentum with all singular values made equal, so that a
/// direction with little gradient, such as the outline of a small shape, is learned as fast as one with much.
/// </summary>
/// <remarks>
/// Only for weights that multiply what comes out of another layer, and the tower's patches; embeddings, norms, biases and the head are AdamW's. One moment a weight. An update costs
/// five rounds of three products, 10 · m² · (2 n + m) operations for m x n, in 16 bits: little beside a batch's own.
/// </remarks>
internal sealed class Muon : IDisposable
{
    public const double Momentum = 0.95;

    // Held: see HeldScalars. A, B and C are the iteration's coefficients.
    private static readonly Scalar HeldMomentum = Momentum, A = 3.4445, B = -4.7750, C = 2.0315, Least = 1e-7;

    private const string Prefix = "momentum.";

    // The largest entries of AdamW's updates are about the rate; a matrix whose singular values are 1 has entries of 1 / sqrt(larger side).
    private const double AdamWLength = 0.2;

    private readonly IReadOnlyList<(string Name, Parameter Weight, Tensor Moment, bool IsVision)> _slots;

    public Muon(IEnumerable<(string Name, Parameter Value)> trained)
    {
        using IDisposable frozen = no_grad();
        _slots = [.. trained.Select(item => (item.Name, item.Value, zeros_like(item.Value).DetachFromDisposeScope(), Trainer.IsVision(item.Name)))];
    }

    /// <summary>The moments by name: <c>momentum.NAME</c>.</summary>
    public IEnumerable<(string Name, Tensor Value)> Moments => _slots.Select(slot => (Prefix + slot.Name, slot.Moment));

    /// <summary>Whether a weight is one that Muon is for.</summary>
    public static bool Fits(string name, Tensor weight) =>
        Trainer.IsMatrix(name, weight) && name != LlamaParameters.Prefix + "lm_head.weight";

    /// <summary>Moves the weights along their gradients, and uses the gradients up.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="visionRate">That of the vision tower and the projection; null: they and their moments stay as they are.</param>
    /// <param name="weightDecay">What a matrix loses of itself, times its rate.</param>
    public void Step(double rate, double? visionRate, double weightDecay)
    {
        using IDisposable frozen = no_grad();
        foreach ((_, Parameter weight, Tensor moment, bool isVision) in _slots)
        {
            if (isVision && visionRate is null)
                continue;
            using DisposeScope scope = NewDisposeScope();
            double own = isVision ? visionRate!.Value : rate;
            Tensor gradient = weight.grad ?? zeros_like(weight);
            _ = moment.mul_(HeldMomentum).AddInPlace(gradient);
            Tensor ahead_MN = gradient.add_(moment, HeldMomentum).flatten(1);
            using Scalar kept = 1 - (own * weightDecay), taken = -own * AdamWLength * Math.Sqrt(Math.Max(ahead_MN.shape[0], ahead_MN.shape[1]));
            if (weightDecay != 0)
                _ = weight.mul_(kept);
            _ = weight.add_(Orthogonal(ahead_MN).view(weight.shape), taken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((_, Tensor moment) in Moments)
            moment.Dispose();
    }

    // Newton and Schulz's iteration for U V' of U S V', with coefficients that bring every singular value near 1 (0.7 to 1.2) in five rounds.
    private static Tensor Orthogonal(Tensor x_MN)
    {
        bool isTall = x_MN.shape[0] > x_MN.shape[1];
        Tensor x = (x_MN / x_MN.norm().Plus(Least)).to(ScalarType.BFloat16);
        if (isTall)
            x = x.t();
        for (int round = 0; round < 5; round++)
        {
            Tensor square_MM = x.matmul(x.t());
            Tensor polynomial_MM = square_MM.mul(B).add_(square_MM.matmul(square_MM), C);
            x = x.mul(A).AddInPlace(polynomial_MM.matmul(x));
        }

        return (isTall ? x.t() : x).to(x_MN.dtype);
    }
}
