using TorchSharp;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Training;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace VisualChat.Model.Tests.Training;

/// <summary>
/// Twelve updates of the released DeepSpeed-VisualChat's optimizer, made by transformers 4.33.3 in
/// double: gradients clipped to a length of 1, cosine with three updates of warm-up.
/// </summary>
public sealed class ReleasedOptimizerTests : IDisposable
{
    private const int Updates = 12;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Dictionary<string, Tensor> _golden;

    public ReleasedOptimizerTests()
    {
        using var files = new MappedFiles();
        _golden = WeightFile.Read(TestData.At("optimizer", "updates.safetensors")).ToDictionary(
            entry => entry.Key, entry => files.Load(entry.Value).clone());
    }

    [Fact]
    public void The_rates_are_its_rates()
    {
        var schedule = new LearningRateSchedule
        {
            Kind = ScheduleKind.Cosine,
            Updates = Updates,
            WarmupUpdates = 3,
            LearningRate = 1e-3,
        };
        Enumerable.Range(0, Updates).Select(update => schedule.FactorAt(update) * 1e-3)
            .Should().Equal(Rates(), (actual, expected) => Math.Abs(actual - expected) < 1e-18);
    }

    [Fact]
    public void Its_epsilon_beside_the_uncorrected_root_gives_its_weights() =>
        Farthest(1e-6, EpsilonPlace.Root).Should().BeLessThan(1e-15);

    [Theory]
    [InlineData(1e-6, EpsilonPlace.CorrectedRoot)]
    [InlineData(1e-8, EpsilonPlace.Root)]
    public void Another_epsilon_or_place_does_not(double epsilon, EpsilonPlace place) =>
        Farthest(epsilon, place).Should().BeGreaterThan(1e-7);

    public void Dispose() => _scope.Dispose();

    // The farthest that a weight ever is from the released one.
    private double Farthest(double epsilon, EpsilonPlace place)
    {
        using Parameter weight = new(_golden["start"].clone());
        using var optimizer = new AdamW(
            [TrainerFixture.Trained("lang_decoder.lm_head.weight", weight)], epsilon, place);
        double[] rates = Rates();
        double farthest = 0;
        for (int update = 0; update < Updates; update++)
        {
            Tensor gradient = _golden["gradients"][update];
            using Scalar shorten = Math.Min(1, 1 / (gradient.norm().data<double>()[0] + 1e-6));
            weight.grad = gradient.mul(shorten);
            optimizer.Step(update + 1, rates[update], 0, rates[update], weightDecay: 0);
            Tensor distance = (weight - _golden["parameters"][update]).abs().max();
            farthest = Math.Max(farthest, distance.data<double>()[0]);
        }

        return farthest;
    }

    private double[] Rates() => _golden["learning_rates"].data<double>().ToArray();
}
