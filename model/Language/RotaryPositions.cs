using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

// R rows, N heads, D head dim.

/// <summary>
/// Rotary position embedding (arXiv 2104.09864) as LLaMA's checkpoints expect it: dimension i is
/// rotated with i + D/2.
/// </summary>
/// <param name="Cos">[R, 1, D]</param>
/// <param name="Sin">[R, 1, D] Negative in the first half.</param>
internal sealed record RotaryPositions(Tensor Cos, Tensor Sin)
{
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

    /// <summary>x rotated by its rows' positions: [R, N, D].</summary>
    public Tensor Rotate(Tensor x_RND) =>
        (x_RND * Cos).addcmul_(x_RND.roll(x_RND.shape[^1] / 2, -1), Sin, HeldScalars.One);
}
