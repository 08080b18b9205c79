using VisualChat.Model.Native;
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
    /// <summary>The angles of a batch's rows.</summary>
    /// <remarks>Computed in double: float32 angles lose digits at long positions.</remarks>
    /// <param name="config">The decoder.</param>
    /// <param name="positions">[R] Each row's position in its sample.</param>
    /// <param name="samples">
    /// For each sample in turn, its rows among these and its positions in all. Dynamic scaling
    /// treats each sample alone.
    /// </param>
    /// <param name="before">Positions that stand before each sample's.</param>
    /// <param name="like">A tensor of the type and device of what will be rotated.</param>
    public static RotaryPositions Of(
        LlamaConfig config,
        ReadOnlySpan<int> positions,
        IEnumerable<(int Rows, int Length)> samples,
        int before,
        Tensor like)
    {
        int size = config.HeadSize, half = size / 2;
        double[] angles = new double[positions.Length * size];
        int row = 0;
        foreach ((int rows, int length) in samples)
        {
            double[] frequencies = Frequencies(config, before + length);
            for (int end = row + rows; row < end; row++)
            {
                for (int index = 0; index < half; index++)
                {
                    double angle = (before + positions[row]) * frequencies[index];
                    angles[(row * size) + index] = -angle;
                    angles[(row * size) + half + index] = angle;
                }
            }
        }

        using Tensor angles_R1D = tensor(angles, [positions.Length, 1, size], device: like.device);
        return new RotaryPositions(angles_R1D.cos().to(like.dtype), angles_R1D.sin().to(like.dtype));
    }

    /// <summary>x rotated by its rows' positions: [R, N, D].</summary>
    public Tensor Rotate(Tensor x_RND) =>
        (x_RND * Cos).addcmul_(x_RND.roll(x_RND.shape[^1] / 2, -1), Sin, HeldScalars.One);

    private static double[] Frequencies(LlamaConfig config, int length)
    {
        double theta = config.RopeTheta, size = config.HeadSize, factor = config.ScalingFactor;
        double stretch = config.Scaling == RopeScaling.Linear ? factor : 1;
        if (config.Scaling == RopeScaling.Dynamic && length > config.MaxPositions)
            theta *= Math.Pow((factor * length / config.MaxPositions) - (factor - 1), size / (size - 2));
        return
        [
            .. Enumerable.Range(0, config.HeadSize / 2)
                .Select(index => Math.Pow(theta, -2 * index / size) / stretch),
        ];
    }
}
