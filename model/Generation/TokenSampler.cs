using VisualChat.Model.Errors;

namespace VisualChat.Model.Generation;

/// <summary>
/// Chooses a token from logits, in transformers' order: repetition penalty, temperature, top-k,
/// top-p. The choice is a function of the logits, the ids seen, the seed and the token's ordinal
/// only.
/// </summary>
/// <remarks>
/// A few passes over the vocabulary. Top-k keeps a heap of k ids. Top-p sorts only what can be in
/// it: an id less likely than (1 - p) / vocabulary is in the tail, whatever the others are. Not for
/// use by several threads at once.
/// </remarks>
internal sealed class TokenSampler
{
    private readonly SamplingSettings _settings;
    private readonly int[] _excludedIds;
    private readonly HashSet<int> _seen = [];
    private readonly PriorityQueue<int, float> _likeliest = new();

    // What can still be chosen, with weights in proportion to the probabilities.
    private readonly List<(int Id, double Weight)> _candidates = [];

    // [vocabulary]
    private float[] _logits = [];

    /// <param name="settings">How tokens are chosen.</param>
    /// <param name="excludedIds">Ids that are never chosen.</param>
    /// <exception cref="ModelException">The settings are not valid.</exception>
    public TokenSampler(SamplingSettings settings, IEnumerable<int> excludedIds)
    {
        _settings = settings.Checked();
        _excludedIds = [.. excludedIds];
    }

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">[vocabulary]</param>
    /// <param name="seen">
    /// Ids that the repetition penalty is for: the prompt's and the answer's.
    /// </param>
    /// <param name="ordinal">The token's ordinal in its answer.</param>
    /// <exception cref="ModelException">A logit is NaN.</exception>
    public int Choose(ReadOnlySpan<float> logits, IEnumerable<int> seen, int ordinal)
    {
        if (_logits.Length != logits.Length)
            _logits = new float[logits.Length];
        logits.CopyTo(_logits);
        if (_settings.RepetitionPenalty is not 1)
            Penalise(seen);
        foreach (int id in _excludedIds)
            _logits[id] = float.NegativeInfinity;

        int likeliest = Likeliest();
        if (_settings.Temperature == 0)
            return likeliest;
        double sum = Weigh(_logits[likeliest], TopKThreshold());
        if (_settings.TopP < 1)
            sum = CutTail(sum);
        return Draw(sum * Uniform(_settings.Seed, ordinal));
    }

    /// <summary>A number in [0, 1) for each seed and ordinal.</summary>
    /// <remarks>Two rounds of SplitMix64 (Steele et al., 2014).</remarks>
    public static double Uniform(long seed, int ordinal)
    {
        ulong bits = Mix(Mix((ulong)seed) ^ (ulong)ordinal);
        return (bits >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>What is wrong if a logit is NaN.</summary>
    public static ModelException NotFinite() =>
        new("The model's logits are not finite (NaN): its weights are damaged, or its type overflowed.");

    private void Penalise(IEnumerable<int> seen)
    {
        _seen.Clear();
        float penalty = (float)_settings.RepetitionPenalty;
        foreach (int id in seen)
        {
            if (_seen.Add(id))
                _logits[id] = _logits[id] < 0 ? _logits[id] * penalty : _logits[id] / penalty;
        }
    }

    // The first of equals.
    private int Likeliest()
    {
        int best = 0;
        for (int id = 0; id < _logits.Length; id++)
        {
            if (float.IsNaN(_logits[id]))
                throw NotFinite();
            if (_logits[id] > _logits[best])
                best = id;
        }

        return best;
    }

    private float TopKThreshold()
    {
        if (_settings.TopK == 0 || _settings.TopK >= _logits.Length)
            return float.NegativeInfinity;
        _likeliest.Clear();
        for (int id = 0; id < _logits.Length; id++)
        {
            if (_likeliest.Count < _settings.TopK)
                _likeliest.Enqueue(id, _logits[id]);
            else
                _ = _likeliest.EnqueueDequeue(id, _logits[id]);
        }

        return _logits[_likeliest.Peek()];
    }

    private double Weigh(float greatest, float threshold)
    {
        _candidates.Clear();
        double sum = 0;
        for (int id = 0; id < _logits.Length; id++)
        {
            if (_logits[id] < threshold)
                continue;
            double weight = Math.Exp((_logits[id] - (double)greatest) / _settings.Temperature);
            if (weight == 0)
                continue;
            _candidates.Add((id, weight));
            sum += weight;
        }

        return sum;
    }

    // transformers drops ids, the least likely first, as long as those dropped make at most 1 - p
    // together. The likeliest stays.
    private double CutTail(double sum)
    {
        double least = (1 - _settings.TopP) * sum / _candidates.Count;
        _ = _candidates.RemoveAll(candidate => candidate.Weight < least);
        _candidates.Sort((one, other) =>
            one.Weight != other.Weight ? other.Weight.CompareTo(one.Weight) : one.Id.CompareTo(other.Id));
        double kept = 0;
        int count = 0;
        while (count < _candidates.Count && (count == 0 || kept < _settings.TopP * sum))
            kept += _candidates[count++].Weight;
        _candidates.RemoveRange(count, _candidates.Count - count);
        return kept;
    }

    private int Draw(double place)
    {
        foreach ((int id, double weight) in _candidates)
        {
            place -= weight;
            if (place < 0)
                return id;
        }

        // Rounding can leave a place just past the last candidate.
        return _candidates[^1].Id;
    }

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15UL;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
