using TorchSharp;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Vision;

/// <summary>
/// On a CPU an image's features do not depend on the images beside it: what is kept is what would
/// be computed. Sets the process's threads, and so runs alone.
/// </summary>
[CollectionDefinition(nameof(FrozenFeaturesTests), DisableParallelization = true)]
[Collection(nameof(FrozenFeaturesTests))]
public sealed class FrozenFeaturesTests
{
    private const int Images = 7;

    private static readonly ClipVisionConfig Narrow = new()
    {
        HiddenSize = 192,
        IntermediateSize = 768,
        Layers = 2,
        Heads = 3,
        ImageSize = 96,
        PatchSize = 32,
    };

    public static TheoryData<VisionTowerConfig, ScalarType, int> Towers
    {
        get
        {
            var data = new TheoryData<VisionTowerConfig, ScalarType, int>();
            VisionTowerConfig[] towers =
            [
                Narrow,
                Narrow with { ImageSize = 64 },
                Narrow with { HiddenSize = 64, IntermediateSize = 160, Heads = 4, PatchSize = 12 },
                Narrow with { HiddenSize = 768, IntermediateSize = 1536, Heads = 12, PatchSize = 12 },
                new QwenVisionConfig
                {
                    HiddenSize = 64,
                    IntermediateSize = 256,
                    Layers = 2,
                    Heads = 4,
                    PatchSize = 14,
                    Positions = 16,
                    Queries = 16,
                    OutputSize = 128,
                    ImageSize = 112,
                },
            ];
            foreach (VisionTowerConfig tower in towers)
            {
                foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
                {
                    data.Add(tower, type, 1);
                    data.Add(tower, type, 2);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Towers))]
    public void An_image_has_the_same_bits_whatever_is_encoded_beside_it(
        VisionTowerConfig config, ScalarType type, int threads)
    {
        using DisposeScope scope = NewDisposeScope();
        var request = new ParameterRequest
        {
            Sources = [config.Source(folder: null)],
            Trainable = ModelPart.None,
            ComputeType = type,
            Seed = 1,
        };
        using ParameterSet parameters = ParameterLoader.Load(request, CPU);
        using VisionTower tower = config.Tower(parameters);
        using var generator = new Generator(3);
        Tensor pixels =
            randn([Images, 3, config.ImageSize, config.ImageSize], generator: generator).to(type);
        set_num_threads(threads);
        try
        {
            Tensor together = tower.FrozenFeatures(pixels);
            get_num_threads().Should().Be(threads);
            for (int image = 0; image < Images; image++)
            {
                int most = Math.Min(2, Images - image);
                for (int count = 1; count <= most; count++)
                {
                    Tensor few = tower.FrozenFeatures(pixels.narrow(0, image, count));
                    few.Equals(together.narrow(0, image, count)).Should().BeTrue("image {0} of {1}", image, count);
                }
            }
        }
        finally
        {
            set_num_threads(Environment.ProcessorCount);
        }
    }
}
