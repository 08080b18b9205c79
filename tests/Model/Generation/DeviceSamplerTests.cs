using CsCheck;
using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Generation;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Generation;

/// <summary>What a GPU chooses, computed on the CPU, must be what the host chooses.</summary>
public sealed class DeviceSamplerTests
{
    // Few different values: many ties. Then as many as there are ids.
    private static readonly Gen<float[]> Logits = Gen.OneOf(
        Gen.Int[-3, 3].Select(value => (float)value).Array[1, 40],
        Gen.Float[-20, 20].Array[1, 300],
        Gen.OneOf(Gen.Const(float.NegativeInfinity), Gen.Float[-1, 1]).Array[1, 40]);

    private static readonly Gen<SamplingSettings> Settings = Gen.Select(
        OneOf(0, 1e-310, 1e-3, 0.7, 1, 2, 1e300),
        Gen.OneOf(Gen.Const(0), Gen.Int[1, 60]),
        Gen.OneOf(Gen.Const(1.0), Gen.Double[0.001, 0.999], Gen.Const(double.Epsilon), Gen.Const(1 - 1e-16)),
        OneOf(1, 1.3, 0.5, 1e-30, 1e30),
        Gen.Long,
        (temperature, topK, topP, penalty, seed) => new SamplingSettings
        {
            Temperature = temperature,
            TopK = topK,
            TopP = topP,
            RepetitionPenalty = penalty,
            Seed = seed,
        });

    [Fact]
    public void Whatever_the_logits_and_the_settings_the_device_chooses_as_the_host_does()
    {
        int drawn = 0;
        Gen<int> ids = Gen.Int[0, 1 << 20];
        Gen.Select(Logits, Settings, ids, ids).Sample((logits, settings, seen, excluded) =>
        {
            // Bits say which ids were seen and which are excluded; the last one stays.
            int[] seenIds = [.. Chosen(seen, logits.Length)];
            int[] excludedIds = [.. Chosen(excluded, logits.Length).Where(id => id != logits.Length - 1)];
            logits[^1] = Math.Max(logits[^1], -1);
            var host = new TokenSampler(settings, excludedIds);
            using var device = new DeviceSampler(settings, excludedIds, new DeviceTransfers(CPU));
            using Tensor logits_V = tensor(logits);
            for (int ordinal = 0; ordinal < 4; ordinal++)
            {
                int id = host.Choose(logits, seenIds, ordinal);
                device.Choose(logits_V, seenIds, ordinal).Should().Be(id, "{0}", settings);
                drawn += id == logits.Length - 1 ? 0 : 1;
                seenIds = [.. seenIds, id];
            }
        }, iter: 1000, threads: 1);
        drawn.Should().BeGreaterThan(500);
    }

    [Fact]
    public void A_vocabulary_of_a_real_size_is_drawn_from_as_on_the_host()
    {
        using var generator = new Generator(3);
        using Scalar spread = 3;
        using Tensor logits_V = randn([32_003], dtype: ScalarType.BFloat16, generator: generator).mul_(spread);
        float[] logits = logits_V.to(ScalarType.Float32).data<float>().ToArray();
        foreach ((int topK, double topP) in new[] { (0, 1), (0, 0.95), (50, 1), (1000, 0.5) })
        {
            var settings = new SamplingSettings
            {
                Temperature = 0.8,
                TopK = topK,
                TopP = topP,
                RepetitionPenalty = 1.2,
            };
            var host = new TokenSampler(settings, [0, 2]);
            using var device = new DeviceSampler(settings, [0, 2], new DeviceTransfers(CPU));
            List<int> seen = [5, 6, 7];
            for (int ordinal = 0; ordinal < 25; ordinal++)
            {
                int id = host.Choose(logits, seen, ordinal);
                device.Choose(logits_V, seen, ordinal).Should().Be(id);
                seen.Add(id);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Logits_that_are_NaN_are_refused_unless_they_are_excluded(double temperature)
    {
        var settings = new SamplingSettings { Temperature = temperature };
        using Tensor logits_V = tensor([1, float.NaN, 0]);
        using var refuses = new DeviceSampler(settings, [2], new DeviceTransfers(CPU));
        using var excludes = new DeviceSampler(settings, [1, 2], new DeviceTransfers(CPU));

        Action act = () => refuses.Choose(logits_V, [], 0);

        act.Should().Throw<ModelException>().WithMessage("The model's logits are not finite (NaN)*");
        excludes.Choose(logits_V, [], 0).Should().Be(0);
    }

    [Fact]
    public void The_logits_stay_as_they_are()
    {
        using Tensor logits_V = tensor([1f, 2, 3]);
        var settings = new SamplingSettings { Temperature = 1, RepetitionPenalty = 2, TopP = 0.5, TopK = 2 };
        using var device = new DeviceSampler(settings, [1], new DeviceTransfers(CPU));

        _ = device.Choose(logits_V, [0, 1, 2], 0);

        logits_V.data<float>().ToArray().Should().Equal(1, 2, 3);
    }

    [Fact]
    public void What_was_seen_is_sent_once_and_a_choice_is_one_read()
    {
        var transfers = new DeviceTransfers(CPU);
        using Tensor logits_V = randn(9);
        using var device = new DeviceSampler(new SamplingSettings { RepetitionPenalty = 2 }, [], transfers);
        _ = device.Choose(logits_V, [1, 2, 3], 0);
        (long uploads, long reads) = (transfers.Uploads, transfers.Reads);

        _ = device.Choose(logits_V, [1, 2, 3, 4], 1);
        _ = device.Choose(logits_V, [1, 2, 3, 4, 5], 2);

        (transfers.Uploads - uploads, transfers.Reads - reads).Should().Be((0, 2));
    }

    private static Gen<double> OneOf(params double[] values) => Gen.OneOf([.. values.Select(Gen.Const)]);

    private static IEnumerable<int> Chosen(int bits, int count) =>
        Enumerable.Range(0, Math.Min(count, 20)).Where(id => (bits >> id & 1) == 1);
}
