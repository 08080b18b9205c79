using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

// R rows, M heads, D head dim.

/// <summary>
/// Rotary position embedding (arXiv 2104.09864) as LLaMA's checkpoints expect it: dimension i is
/// rotated with i + D/2.
/// </summary>
/// <param name="Cos">[R, 1, D]</param>
/// <param name="Sin">[R, 1, D] Negative in the first half.</param>
internal sealed record RotaryPositions(Tensor Cos, Tensor Sin)
{
    private static readonly Scalar MinusOne = -1; // Held: see HeldScalars.

    /// <summary>The angles of a batch's rows, made on the device.</summary>
    /// <remarks>Computed in double: float32 angles lose digits at long positions.</remarks>
    /// <param name="plan">The rows.</param>
    /// <param name="size">D</param>
    /// <param name="sent">Has what the plan packed.</param>
    /// <param name="type">The type of what will be rotated.</param>
    public static RotaryPositions Of(RotaryPlan plan, int size, SentNumbers sent, ScalarType type)
    {
        Tensor frequencies = sent.Doubles(plan.Frequencies).view(-1, 1, size);
        if (plan.Samples is { } samples)
            frequencies = frequencies.index_select(0, sent.Integers(samples));
        Tensor angles_R1D = sent.Doubles(plan.Positions).view(-1, 1, 1) * frequencies;
        return new RotaryPositions(angles_R1D.cos().to(type), angles_R1D.sin().to(type));
    }

    /// <summary>The angles of one row. The position is an argument, nothing is sent.</summary>
    /// <param name="frequencies">[D] The angle of one position, in double.</param>
    /// <param name="position">The row's position in its sample.</param>
    /// <param name="type">The type of what will be rotated.</param>
    public static RotaryPositions At(Tensor frequencies, long position, ScalarType type)
    {
        using Scalar turns = (double)position;
        Tensor angles_11D = frequencies.mul(turns).view(1, 1, -1);
        return new RotaryPositions(angles_11D.cos().to(type), angles_11D.sin().to(type));
    }

    /// <summary>The angles of some rows; views.</summary>
    public RotaryPositions Rows(long first, long count) =>
        new(Cos.narrow(0, first, count), Sin.narrow(0, first, count));

    /// <summary>Rotates heads by their rows' positions, in place.</summary>
    /// <param name="x_RMD">
    /// [R, M, D] What a product has just given. The result is written over it, so it must not be
    /// used again.
    /// </param>
    /// <param name="heads">How many heads are rotated, from the first on.</param>
    /// <returns>[R, M, D]</returns>
    public Tensor Rotated(Tensor x_RMD, long heads)
    {
        if (x_RMD.requires_grad)
            return RotatedHeads.Of(x_RMD, this, heads);
        Turn(x_RMD.narrow(1, 0, heads));
        return x_RMD;
    }

    /// <summary>Rotates [R, heads, D] in place.</summary>
    public void Turn(Tensor x)
    {
        Tensor swapped = Swapped(x);
        _ = x.mul_(Cos).addcmul_(swapped, Sin, HeldScalars.One);
    }

    /// <summary>A copy of [R, heads, D], rotated by the negative angles.</summary>
    public Tensor TurnedBack(Tensor x) => (x * Cos).addcmul_(Swapped(x), Sin, MinusOne);

    private static Tensor Swapped(Tensor x)
    {
        long half = x.shape[^1] / 2;
        return cat([x.narrow(-1, half, half), x.narrow(-1, 0, half)], -1);
    }
}
