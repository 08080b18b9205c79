using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Vision;

/// <summary>
/// <c>Data/qwen</c> is what the released code saves and computes of a small random encoder: weights
/// in bfloat16, a <c>config.json</c> that calls itself CLIP and says 224 pixels, and features in
/// float64 that were computed from the rounded weights.
/// </summary>
public sealed class QwenVisionTowerTests : IDisposable
{
    private static readonly QwenVisionConfig Small = new()
    {
        HiddenSize = 8,
        IntermediateSize = 12,
        Layers = 2,
        Heads = 2,
        PatchSize = 4,
        Positions = 4,
        Queries = 4,
        OutputSize = 128,
        ImageSize = 12,
    };

    private static readonly Scalar Spread = 0.3;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly MappedFiles _files = new();

    public void Dispose()
    {
        _files.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Every_size_is_that_of_the_tensors_and_the_image_is_the_preprocessors()
    {
        VisionTowerConfig.Read(TestData.At("qwen")).Should().Be(new QwenVisionConfig
        {
            HiddenSize = 48,
            IntermediateSize = 96,
            Layers = 3,
            Heads = 3,
            PatchSize = 14,
            Positions = 256,
            Queries = 256,
            OutputSize = 256,
            ImageSize = 280,
        });
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.Float64, 1e-6)] // Its positions are resized in float32, ours in float64.
    public void Features_are_those_of_the_released_code(ScalarType type, double tolerance)
    {
        IReadOnlyDictionary<string, TensorEntry> golden = WeightFile.Read(TestData.At("qwen", "expected.safetensors"));
        var config = (QwenVisionConfig)VisionTowerConfig.Read(TestData.At("qwen"));
        using var tower = new QwenVisionTower(Golden(config), config);
        Tensor pixels = _files.Load(golden["pixel_values"]).to(type);

        Tensor features = tower.Features(pixels);
        features.shape.Should().Equal(1, 256, 256);
        Tensor expected = _files.Load(golden["features"]);
        Difference(features, expected).Should().BeLessThan(tolerance);

        // What was kept of the first call serves the second, for another number of images too.
        Tensor two = tower.Features(cat([pixels, pixels], 0));
        Difference(two, cat([expected, expected], 0)).Should().BeLessThan(tolerance);
    }

    [Fact]
    public void Each_trained_tensor_has_the_gradient_of_its_differences()
    {
        ParameterSet parameters = Random(Small, trained: true);
        using var tower = new QwenVisionTower(parameters, Small);
        using var generator = new Generator(7);
        Tensor pixels = randn([2, 3, 12, 12], dtype: ScalarType.Float64, generator: generator);
        Tensor weights = randn([2, 4, 128], dtype: ScalarType.Float64, generator: generator);
        Loss().backward();
        const double Step = 1e-5;
        foreach (TrainedParameter trained in parameters.Trained)
        {
            Tensor flat = trained.Value.detach().view(-1);
            foreach (long place in (long[])[0, flat.numel() / 2, flat.numel() - 1])
            {
                double value = flat[place].item<double>();
                double after = At(value + Step), before = At(value - Step);
                flat[place] = value;
                double gradient = trained.Value.grad!.view(-1)[place].item<double>();
                gradient.Should()
                    .BeApproximately((after - before) / (2 * Step), 1e-6, "{0} at {1}", trained.Name, place);

                double At(double changed)
                {
                    flat[place] = changed;
                    using (no_grad())
                        return Loss().item<double>();
                }
            }
        }

        Tensor Loss() => (tower.Features(pixels) * weights).sum();
    }

    [Fact]
    public void A_trained_tower_learns_everything_but_the_resamplers_positions()
    {
        ModelDescription description = ModelFixture.Description() with
        {
            Vision = Small,
            Trainable = ModelPart.Vision,
        };
        using ChatModel model = ChatModel.Create(description);
        string[] all =
            [.. model.Parameters.Names.Where(name => name.StartsWith("vis_encoder.", StringComparison.Ordinal))];
        model.Parameters.Trained.Select(trained => trained.Name)
            .Should().Equal(all.Where(name => name != "vis_encoder.attn_pool.pos_embed"));
        all.Should().HaveCount(4 + (2 * 12) + 13);
    }

    [Fact]
    public void The_first_positions_are_sines_and_cosines()
    {
        float[] values = SinePositions.Of([256, 4096]);
        ReadOnlySpan<float> entry = values.AsSpan(((2 * 16) + 5) * 4096, 4096);
        float[] some = [entry[0], entry[1], entry[1024], entry[2048], entry[2049], entry[3072]];
        float[] expected = [-0.9589243f, -0.9706589f, 0.2836622f, 0.9092974f, 0.9166037f, -0.4161468f];
        foreach ((float value, float known) in some.Zip(expected))
            value.Should().BeApproximately(known, 1e-6f);
    }

    [Fact]
    public void The_sizes_of_Qwen_VL_Chat_make_1918833408_parameters()
    {
        QwenParameters.All(new QwenVisionConfig()).Sum(spec => spec.Shape.Aggregate(1L, (count, size) => count * size))
            .Should().Be(1_918_833_408);
    }

    [Fact]
    public void Images_of_another_size_are_refused()
    {
        using var tower = new QwenVisionTower(Random(Small, trained: false), Small);
        Action act = () => tower.Features(zeros(1, 3, 12, 8));
        act.Should().Throw<ArgumentException>().WithMessage("Images of [1, 3, 12, 8] are not [B, 3, 12, 12].*");
    }

    private ParameterSet Golden(QwenVisionConfig config)
    {
        IReadOnlyDictionary<string, TensorEntry> weights = WeightFolder.Open(TestData.At("qwen")).Tensors;
        return new ParameterSet(
            [.. QwenParameters.All(config).Select(spec => (spec, _files.Load(weights[spec.NameInFolder])))]);
    }

    private static ParameterSet Random(QwenVisionConfig config, bool trained)
    {
        using var generator = new Generator(3);
        return new ParameterSet([.. QwenParameters.All(config).Select(spec => (spec, Value(spec)))]);

        Tensor Value(ParameterSpec spec)
        {
            Tensor value = randn(spec.Shape, dtype: ScalarType.Float64, generator: generator).mul(Spread);
            return trained && !spec.IsConstant ? new Parameter(value) : value;
        }
    }

    // The largest difference, as a share of the largest value.
    private static double Difference(Tensor actual, Tensor expected)
    {
        Tensor wide = expected.to(ScalarType.Float64);
        return ((actual.to(ScalarType.Float64) - wide).abs().max() / wide.abs().max()).item<double>();
    }
}
