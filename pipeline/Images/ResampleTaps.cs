namespace VisualChat.Pipeline.Images;

/// <summary>
/// The weights of one direction of a resize: cubic convolution with a = -0.5 (Keys, 1981), widened
/// by the scale where the image shrinks, as Pillow does it, in fixed point with 22 bits after the
/// point. Only the outputs a crop keeps are held.
/// </summary>
internal sealed class ResampleTaps
{
    /// <summary>
    /// Bits after the point; with 8-bit samples and the weights' overshoot 32 bits hold every sum.
    /// </summary>
    public const int PrecisionBits = 22;

    /// <summary>Bits in the low part of a split weight (<see cref="SplitWeights"/>).</summary>
    public const int LowBits = 11;

    private const double Support = 2.0;

    /// <summary>Computes the weights.</summary>
    /// <param name="inputSize">Samples of the input.</param>
    /// <param name="outputSize">Samples of the whole output.</param>
    /// <param name="first">First output kept.</param>
    /// <param name="count">Outputs kept.</param>
    public ResampleTaps(int inputSize, int outputSize, int first, int count)
    {
        double scale = (double)inputSize / outputSize;
        double filterScale = Math.Max(scale, 1.0);
        double support = Support * filterScale;
        int most = ((int)Math.Ceiling(support) * 2) + 1;
        Stride = (most + 3) & ~3;
        Starts = new int[count];
        Counts = new int[count];
        Weights = new int[count * Stride];
        Span<double> exact = most <= 256 ? stackalloc double[most] : new double[most];
        for (int i = 0; i < count; i++)
        {
            double centre = (first + i + 0.5) * scale;
            int start = Math.Max(0, (int)(centre - support + 0.5));
            int taps = Math.Min(inputSize, (int)(centre + support + 0.5)) - start;
            double sum = 0;
            for (int tap = 0; tap < taps; tap++)
                sum += exact[tap] = Cubic((tap + start - centre + 0.5) * (1.0 / filterScale));
            for (int tap = 0; tap < taps; tap++)
            {
                double weight = sum != 0 ? exact[tap] / sum : exact[tap];
                double scaled = weight * (1 << PrecisionBits);
                Weights[(i * Stride) + tap] = (int)(weight < 0 ? -0.5 + scaled : 0.5 + scaled);
            }

            Starts[i] = start;
            Counts[i] = taps;
        }

        First = Starts[0];
        End = 0;
        for (int i = 0; i < count; i++)
            End = Math.Max(End, Starts[i] + Counts[i]);
        SplitWeights = Split();
    }

    /// <summary>First input sample that any output needs.</summary>
    public int First { get; }

    /// <summary>One past the last input sample that any output needs.</summary>
    public int End { get; }

    /// <summary>[outputs] First input sample of each output.</summary>
    public int[] Starts { get; }

    /// <summary>
    /// [outputs] Weights of each output that are its own; the rest up to <see cref="Stride"/> are
    /// 0.
    /// </summary>
    public int[] Counts { get; }

    /// <summary>Weights held for each output, a multiple of 4.</summary>
    public int Stride { get; }

    /// <summary>[outputs, Stride]</summary>
    public int[] Weights { get; }

    /// <summary>
    /// [outputs, Stride / 4, 2, 16] The same weights for a multiplication of 16-bit pairs: of each
    /// four w, first the upper parts w >> 11, then the lower ones w &amp; 2047, each as (0, 1) four
    /// times and (2, 3) four times, once for every channel. Sums of the two parts, put together,
    /// are the sums of the whole weights, bit for bit.
    /// </summary>
    public short[] SplitWeights { get; }

    private short[] Split()
    {
        var split = new short[Weights.Length / 4 * 32];
        for (int group = 0; group < Weights.Length / 4; group++)
        {
            for (int lane = 0; lane < 16; lane++)
            {
                int weight = Weights[(group * 4) + (lane / 8 * 2) + (lane % 2)];
                split[(group * 32) + lane] = (short)(weight >> LowBits);
                split[(group * 32) + 16 + lane] = (short)(weight & ((1 << LowBits) - 1));
            }
        }

        return split;
    }

    private static double Cubic(double x)
    {
        const double a = -0.5;
        x = Math.Abs(x);
        return x < 1.0 ? ((((a + 2.0) * x) - (a + 3.0)) * x * x) + 1
            : x < 2.0 ? ((((x - 5) * x) + 8) * x - 4) * a
            : 0.0;
    }
}
