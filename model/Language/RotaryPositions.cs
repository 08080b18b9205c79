using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>Rotary position embedding (arXiv 2104.09864) as LLaMA's checkpoints expect it: dimension i is turned with i + D/2.</summary>
/// <param name="Cos">[rows, 1, D]</param>
/// <param name="Sin">[rows, 1, D] Negative in the first half.</param>
internal sealed record RotaryPositions(Tensor Cos, Tensor Sin)
{
    /// <summary>The angles of a batch's rows. Computed in double: float32 angles lose digits at long positions.</summary>
    /// <param name="config">The decoder.</param>
    /// <param name="positions">[rows] Each row's position in its sample.</param>
    /// <param name="samples">Rows of each sample in turn, and positions in the whole of it: dynamic scaling looks at each sample alone.</param>
    /// <param name="before">Positions that stand before those of each sample.</param>
    /// <param name="like">Type and device of what will be turned.</param>
    public static RotaryPositions Of(LlamaConfig config, ReadOnlySpan<int> positions, IEnumerable<(int Rows, int Length)> samples, int before, Tensor like)
    {
        int size = config.HeadSize, half = size / 2;
        double[] angles = new double[positions.Length * size];
        int row = 0;
        foreach ((int rows, int length) in samples)
        {
            double[] frequencies = Frequencies(config, before + length);
            for (int end = row + rows; row < end; row++)
                for (int index = 0; index < half; index++)
                {
                    double angle = (before + positions[row]) * frequencies[index];
                    (angles[(row * size) + index], angles[(row * size) + half + index]) = (-angle, angle);
                }
        }

        using Tensor turns = tensor(angles, [positions.Length, 1, size], device: like.device);
        return new RotaryPositions(turns.cos().to(like.dtype), turns.sin().to(like.dtype));
    }

    /// <summary>x turned: [rows, heads, D].</summary>
    public Tensor Rotate(Tensor x_RND) => (x_RND * Cos).addcmul_(x_RND.roll(x_RND.shape[^1] / 2, -1), Sin, HeldScalars.One);

    private static double[] Frequencies(LlamaConfig config, int length)
    {
        double theta = config.RopeTheta, size = config.HeadSize;
        double stretch = config.Scaling == RopeScaling.Linear ? config.ScalingFactor : 1;
        if (config.Scaling == RopeScaling.Dynamic && length > config.MaxPositions)
            theta *= Math.Pow((config.ScalingFactor * length / config.MaxPositions) - (config.ScalingFactor - 1), size / (size - 2));
        return [.. Enumerable.Range(0, config.HeadSize / 2).Select(index => Math.Pow(theta, -2 * index / size) / stretch)];
    }
}
