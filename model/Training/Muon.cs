using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Training;

// M x N a matrix.

/// <summary>
/// Muon (Jordan, 2024; its rates as in arXiv 2502.16982, equation 4). A matrix moves by its
/// momentum with all singular values made equal. So a direction with little gradient, such as the
/// outline of a small shape, is learned as fast as one with much.
/// </summary>
/// <remarks>
/// Only for weights that multiply another layer's output, and the tower's patches. Embeddings,
/// norms, biases and the head are AdamW's. One moment for each weight. An update costs five rounds
/// of three products, 10 · m² · (2 n + m) operations for m x n, in 16 bits: little beside a batch's
/// own.
/// </remarks>
internal sealed class Muon : IDisposable
{
    public const double Momentum = 0.95;

    private const string Prefix = "momentum.";
    private const int Rounds = 5;

    // The largest entries of AdamW's updates are about the rate. A matrix whose singular values are
    // 1 has entries of 1 / sqrt(larger side).
    private const double AdamWLength = 0.2;

    // Held: see HeldScalars. A, B and C are the iteration's coefficients.
    private static readonly Scalar HeldMomentum = Momentum, A = 3.4445, B = -4.7750, C = 2.0315, Least = 1e-7;

    private readonly IReadOnlyList<(TrainedParameter Trained, Tensor Moment)> _slots;

    public Muon(IReadOnlyList<TrainedParameter> trained)
    {
        using IDisposable frozen = no_grad();
        _slots = [.. trained.Select(item => (item, zeros_like(item.Value).DetachFromDisposeScope()))];
    }

    /// <summary>The moments by name: <c>momentum.NAME</c>.</summary>
    public IEnumerable<(string Name, Tensor Value)> Moments =>
        _slots.Select(slot => (Prefix + slot.Trained.Name, slot.Moment));

    /// <summary>True of a weight that Muon is for.</summary>
    public static bool Fits(ParameterSpec spec) => spec.Role == ParameterRole.Matrix;

    /// <summary>Moves the weights along their gradients, and uses the gradients up.</summary>
    /// <param name="rate">The learning rate.</param>
    /// <param name="visionRate">
    /// The rate of the vision tower and the projection; null: they and their moments do not change.
    /// </param>
    /// <param name="weightDecay">The share of itself that a matrix loses, times its rate.</param>
    public void Step(double rate, double? visionRate, double weightDecay)
    {
        using IDisposable frozen = no_grad();
        foreach ((TrainedParameter trained, Tensor moment) in _slots)
        {
            double? own = trained.IsVision ? visionRate : rate;
            if (own is null)
                continue;
            using DisposeScope scope = NewDisposeScope();
            Parameter weight = trained.Value;
            Tensor gradient = weight.grad ?? zeros_like(weight);
            _ = moment.mul_(HeldMomentum).AddInPlace(gradient);
            Tensor ahead_MN = gradient.add_(moment, HeldMomentum).flatten(1);
            double length = Math.Sqrt(Math.Max(ahead_MN.shape[0], ahead_MN.shape[1]));
            using Scalar kept = 1 - (own.Value * weightDecay), taken = -own.Value * AdamWLength * length;
            if (weightDecay != 0)
                _ = weight.mul_(kept);
            _ = weight.add_(Orthogonal(ahead_MN).view(weight.shape), taken);
        }
    }

    public void Dispose()
    {
        foreach ((_, Tensor moment) in Moments)
            moment.Dispose();
    }

    // The Newton-Schulz iteration for U V' of U S V'. In five rounds its coefficients bring every
    // singular value near 1 (0.7 to 1.2).
    private static Tensor Orthogonal(Tensor x_MN)
    {
        bool isTall = x_MN.shape[0] > x_MN.shape[1];
        Tensor x = (x_MN / x_MN.norm().Plus(Least)).to(ScalarType.BFloat16);
        if (isTall)
            x = x.t();
        for (int round = 0; round < Rounds; round++)
        {
            Tensor square_MM = x.matmul(x.t());
            Tensor polynomial_MM = square_MM.mul(B).add_(square_MM.matmul(square_MM), C);
            x = x.mul(A).AddInPlace(polynomial_MM.matmul(x));
        }

        return (isTall ? x.t() : x).to(x_MN.dtype);
    }
}
