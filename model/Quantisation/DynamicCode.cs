namespace VisualChat.Model.Quantisation;

/// <summary>
/// The 256 values in which bitsandbytes keeps scales in 8 bits (create_dynamic_map, signed): seven
/// powers of ten, each with twice as many steps as the one below (arXiv 1511.04561).
/// </summary>
internal static class DynamicCode
{
    private const int Powers = 7;

    /// <summary>The values, ascending.</summary>
    public static float[] Values { get; } = Make();

    /// <summary>
    /// The index whose value is nearest; of two as near, the lower, as bitsandbytes takes it.
    /// </summary>
    public static byte Nearest(float value)
    {
        int right = Array.BinarySearch(Values, value);
        if (right >= 0)
            return (byte)right;
        right = ~right;
        if (right is 0 or 256)
            return (byte)Math.Clamp(right, 0, 255);
        return (byte)(value - Values[right - 1] <= Values[right] - value ? right - 1 : right);
    }

    private static float[] Make()
    {
        List<float> values = [0, 1];
        for (int power = 0; power < Powers; power++)
        {
            int steps = 1 << power;
            float factor = (float)Math.Pow(10, power - (Powers - 1));
            for (int step = 0; step < steps; step++)
            {
                float mean = (Boundary(step, steps) + Boundary(step + 1, steps)) / 2;
                values.Add(factor * mean);
                values.Add(-(factor * mean));
            }
        }

        values.Sort();
        return [.. values];
    }

    // torch.linspace(0.1, 1, steps + 1) in float32: from both ends to the middle, rounded once.
    private static float Boundary(int index, int steps)
    {
        float step = (1f - 0.1f) / steps;
        return index < (steps + 1) / 2
            ? MathF.FusedMultiplyAdd(step, index, 0.1f)
            : MathF.FusedMultiplyAdd(-step, steps - index, 1f);
    }
}
