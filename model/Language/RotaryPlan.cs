using VisualChat.Model.Transfers;

namespace VisualChat.Model.Language;

// R rows, S samples, D head dim.

/// <summary>What the device needs to rotate a batch's rows of one kind.</summary>
/// <param name="Positions">[R] Each row's position in its sample.</param>
/// <param name="Frequencies">
/// [S or 1, D] The angle of one position, negative in the first half; one row if all samples have
/// the same.
/// </param>
/// <param name="Samples">[R] The row of the frequencies; null if there is one.</param>
internal sealed record RotaryPlan(NumberRange Positions, NumberRange Frequencies, NumberRange? Samples)
{
    /// <summary>Packs the positions of a batch's rows.</summary>
    /// <param name="config">The decoder.</param>
    /// <param name="positions">[R] Each row's position in its sample.</param>
    /// <param name="samples">
    /// For each sample in turn, its rows among these and its positions in all. Dynamic scaling
    /// treats each sample alone.
    /// </param>
    /// <param name="before">Positions that stand before each sample's.</param>
    /// <param name="numbers">Receives them.</param>
    public static RotaryPlan Of(
        LlamaConfig config,
        ReadOnlySpan<int> positions,
        IReadOnlyList<(int Rows, int Length)> samples,
        int before,
        PackedNumbers numbers)
    {
        long[] absolute = new long[positions.Length];
        for (int row = 0; row < absolute.Length; row++)
            absolute[row] = before + positions[row];
        NumberRange packed = numbers.Add(absolute);
        double[][] frequencies = [.. samples.Select(sample => FrequenciesOf(config, before + sample.Length))];
        if (frequencies.All(one => one.AsSpan().SequenceEqual(frequencies[0])))
            return new RotaryPlan(packed, numbers.Add(Signed(frequencies[0])), Samples: null);
        long[] sampleOfRow = [.. samples.SelectMany((sample, index) => Enumerable.Repeat((long)index, sample.Rows))];
        return new RotaryPlan(packed, numbers.Add([.. frequencies.SelectMany(Signed)]), numbers.Add(sampleOfRow));
    }

    private static double[] Signed(double[] frequencies) =>
        [.. frequencies.Select(frequency => -frequency), .. frequencies];

    /// <summary>[D / 2] The angle of one position in each dimension.</summary>
    /// <param name="config">The decoder.</param>
    /// <param name="length">Positions of the sample.</param>
    internal static double[] FrequenciesOf(LlamaConfig config, int length)
    {
        double theta = config.RopeTheta, size = config.HeadSize, factor = config.ScalingFactor;
        double stretch = config.Scaling == RopeScaling.Linear ? factor : 1;
        if (config.Scaling == RopeScaling.Dynamic && length > config.MaxPositions)
            theta *= Math.Pow((factor * length / config.MaxPositions) - (factor - 1), size / (size - 2));
        return
        [
            .. Enumerable.Range(0, config.HeadSize / 2)
                .Select(index => Math.Pow(theta, -2 * index / size) / stretch)
                .Select(frequency => config.Scaling == RopeScaling.Llama3 ? Llama3(config, frequency) : frequency),
        ];
    }

    // A dimension turns fast if it turns more often within the original length than the high factor
    // says, and slowly if less often than the low factor says.
    private static double Llama3(LlamaConfig config, double frequency)
    {
        double turns = config.OriginalPositions * frequency / (2 * Math.PI);
        double slow = frequency / config.ScalingFactor;
        if (turns > config.HighFrequencyFactor)
            return frequency;
        if (turns < config.LowFrequencyFactor)
            return slow;
        double share = (turns - config.LowFrequencyFactor) / (config.HighFrequencyFactor - config.LowFrequencyFactor);
        return ((1 - share) * slow) + (share * frequency);
    }
}
