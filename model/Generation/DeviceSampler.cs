using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Generation;

// V vocabulary.

/// <summary>
/// <see cref="TokenSampler"/> on the device that has the logits: the same order, the same numbers
/// drawn, the same choice but for the last bits of sums. One read of two numbers brings the id.
/// </summary>
/// <remarks>
/// Some twenty kernels over the vocabulary, which is little beside a decoder's thousand, and a sort
/// under top-p. What never changes, and the ids seen before the answer, are sent once. Not for use
/// by several threads at once.
/// </remarks>
internal sealed class DeviceSampler : IDisposable
{
    private static readonly Scalar Lowest = float.NegativeInfinity, Zero = 0, Yes = true, No = false;

    private readonly SamplingSettings _settings;
    private readonly DeviceTransfers _transfers;

    // Of an answer. Divisors are tensors, because a GPU divides by a number of the host by
    // multiplying with its inverse.
    private readonly Tensor _temperature;
    private readonly Tensor _penalty;
    private readonly Tensor _excluded;

    // [V] Whether an id was seen, and how many of those seen are marked.
    private Tensor? _isSeen;
    private int _marked;

    /// <summary>Sends what the choices of an answer need.</summary>
    /// <param name="settings">How tokens are chosen; valid.</param>
    /// <param name="excludedIds">Ids that are never chosen.</param>
    /// <param name="transfers">To and from the device of the logits.</param>
    public DeviceSampler(SamplingSettings settings, ReadOnlySpan<int> excludedIds, DeviceTransfers transfers)
    {
        (_settings, _transfers) = (settings, transfers);
        using DisposeScope scope = NewDisposeScope();
        var numbers = new PackedNumbers();
        NumberRange divisors = numbers.Add([settings.Temperature, settings.RepetitionPenalty]);
        NumberRange excluded = numbers.Add(excludedIds);
        SentNumbers sent = numbers.Send(transfers);
        Tensor sentDivisors = sent.Doubles(divisors);
        _temperature = sentDivisors.narrow(0, 0, 1).DetachFromDisposeScope();
        _penalty = sentDivisors.narrow(0, 1, 1).to(ScalarType.Float32).DetachFromDisposeScope();
        _excluded = sent.Integers(excluded).DetachFromDisposeScope();
    }

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">[V] On the device.</param>
    /// <param name="seen">
    /// Ids that the repetition penalty is for: the prompt's and the answer's. It has all that it
    /// had at the last choice, in the same order.
    /// </param>
    /// <param name="ordinal">The token's ordinal in its answer.</param>
    /// <exception cref="Errors.ModelException">A logit is NaN.</exception>
    public int Choose(Tensor logits, IReadOnlyList<int> seen, int ordinal)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        Tensor logits_V = logits.to(ScalarType.Float32, copy: true);
        if (_settings.RepetitionPenalty is not 1)
            logits_V = Penalised(logits_V, seen);
        logits_V = logits_V.index_fill_(0, _excluded, Lowest);

        // The first of equals. NaN is greater than every number.
        (Tensor greatest_1, Tensor likeliest_1) = logits_V.max(0, keepdim: true);
        Tensor choice_1 = _settings.Temperature == 0 ? likeliest_1 : Drawn(logits_V, greatest_1, ordinal);
        double[] read = _transfers.Read(cat([choice_1.to(ScalarType.Float64), greatest_1.to(ScalarType.Float64)], 0));
        return double.IsNaN(read[1]) ? throw TokenSampler.NotFinite() : (int)read[0];
    }

    public void Dispose()
    {
        _temperature.Dispose();
        _penalty.Dispose();
        _excluded.Dispose();
        _isSeen?.Dispose();
    }

    private Tensor Penalised(Tensor logits_V, IReadOnlyList<int> seen)
    {
        Mark(seen, logits_V);
        Tensor penalised_V = where(logits_V.lt(Zero), logits_V * _penalty, logits_V / _penalty);
        return where(_isSeen!, penalised_V, logits_V);
    }

    // Each id once: the prompt's by one upload, an answer's token by a view, which sends nothing.
    private void Mark(IReadOnlyList<int> seen, Tensor like_V)
    {
        _isSeen ??= zeros(like_V.shape, dtype: ScalarType.Bool, device: like_V.device).DetachFromDisposeScope();
        if (seen.Count - _marked == 1)
        {
            _ = _isSeen.narrow(0, seen[_marked], 1).fill_(Yes);
        }
        else if (seen.Count > _marked)
        {
            var numbers = new PackedNumbers();
            NumberRange ids = numbers.Add([.. seen.Skip(_marked)]);
            _ = _isSeen.index_fill_(0, numbers.Send(_transfers).Integers(ids), Yes);
        }

        _marked = seen.Count;
    }

    // [1] The id at the place that was drawn.
    private Tensor Drawn(Tensor logits_V, Tensor greatest_1, int ordinal)
    {
        Tensor wide_V = logits_V.to(ScalarType.Float64);
        Tensor weight_V = ((wide_V - greatest_1) / _temperature).exp();
        if (_settings.TopK > 0 && _settings.TopK < logits_V.shape[0])
        {
            (Tensor likeliest_K, _) = logits_V.topk(_settings.TopK, 0);
            Tensor isLess_V = logits_V.less(likeliest_K.narrow(0, _settings.TopK - 1, 1));
            weight_V = weight_V.masked_fill(isLess_V, Zero);
        }

        using Scalar uniform = TokenSampler.Uniform(_settings.Seed, ordinal);
        if (_settings.TopP == 1)
            return FirstBeyond(weight_V, uniform);

        // Of equals, the first stands first. Those after the first that reaches p are cut off.
        (Tensor sorted_V, Tensor id_V) = weight_V.sort(0, descending: true, stable: true);
        Tensor sum_V = sorted_V.cumsum(0);
        using Scalar share = _settings.TopP;
        Tensor isCut_V = sum_V.ge(sum_V.narrow(0, -1, 1).mul(share)).roll(1, 0);
        _ = isCut_V.narrow(0, 0, 1).fill_(No);
        return id_V.index_select(0, FirstBeyond(sorted_V.masked_fill(isCut_V, Zero), uniform));
    }

    // [1] The first place where the running sum of the weights is beyond a share of all. A sum made
    // in parallel may round past the end; then it is the first that may be chosen at all.
    private static Tensor FirstBeyond(Tensor weight_V, Scalar share)
    {
        Tensor sum_V = weight_V.cumsum(0);
        Tensor mayBeChosen_V = weight_V.ne(Zero);
        Tensor isBeyond_V = sum_V.gt(sum_V.narrow(0, -1, 1).mul(share)).logical_and(mayBeChosen_V);
        return isBeyond_V.to(ScalarType.Int32).AddInPlace(mayBeChosen_V.to(ScalarType.Int32)).argmax(0, keepdim: true);
    }
}
