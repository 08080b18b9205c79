using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Vision;

/// <summary>
/// Golden features are numpy's, in float64: <c>Data/clip/make_clip.py</c> renews them.
/// </summary>
public sealed class ClipVisionTowerTests
{
    /// <summary>
    /// Expected features are stored as float32: half a unit in the last place of values up to 8.
    /// </summary>
    private const double StoredTolerance = 5e-7;

    [Theory]
    [InlineData("quick_gelu", "features")]
    [InlineData("gelu", "features_gelu")]
    public void Features_are_those_of_an_independent_implementation(string activation, string expected)
    {
        using DisposeScope scope = NewDisposeScope();
        using var files = new MappedFiles();
        IReadOnlyDictionary<string, TensorEntry> golden =
            WeightFile.Read(TestData.At("clip", "expected.safetensors"));
        ClipVisionConfig config = ClipVisionConfig.Read(TestData.At("clip")) with { Activation = activation };
        IReadOnlyDictionary<string, TensorEntry> weights = WeightFolder.Open(TestData.At("clip")).Tensors;
        var parameters = new ParameterSet(
            [.. ClipParameters.All(config).Select(spec => (spec, files.Load(weights[spec.NameInFolder])))]);
        var tower = new ClipVisionTower(parameters, config);
        Tensor pixels = files.Load(golden["pixels"]);

        Tensor features = tower.Features(pixels.to(ScalarType.Float64));
        features.shape.Should().Equal(2, 10, 16);
        Difference(features, files.Load(golden[expected])).Should().BeLessThan(StoredTolerance);

        // In float32, some tens of roundings of values up to 8.
        Difference(tower.Features(pixels), files.Load(golden[expected])).Should().BeLessThan(2e-5);
    }

    [Fact]
    public void Images_of_another_size_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        var config = (ClipVisionConfig)ModelFixture.Description().Vision;
        var parameters = new ParameterSet([.. ClipParameters.All(config).Select(spec => (spec, zeros(spec.Shape)))]);
        var tower = new ClipVisionTower(parameters, config);
        Action act = () => tower.Features(zeros(1, 3, 8, 9));
        act.Should().Throw<ArgumentException>().WithMessage("Images of [1, 3, 8, 9] are not [B, 3, 8, 8].*");
    }

    [Theory]
    [InlineData("""{"hidden_act":"swish"}""", "'hidden_act' is 'swish'; known here: quick_gelu, gelu")]
    [InlineData("""{"num_attention_heads":7}""", "a width of 768 does not divide into 7 heads")]
    [InlineData("""{"vision_config":{"patch_size":-1}}""", "'patch_size' is -1, not a positive whole number")]
    [InlineData("""{"num_channels":1}""", "'num_channels' must be 3")]
    [InlineData("""[1]""", "is not a JSON object")]
    [InlineData("""{""", "cannot be read")]
    public void A_configuration_of_another_tower_is_refused(string json, string why)
    {
        string folder = TestData.NewFolder();
        File.WriteAllText(Path.Combine(folder, "config.json"), json);
        Action act = () => ClipVisionConfig.Read(folder);
        act.Should().Throw<ModelException>().WithMessage($"*config.json'*{why}*");
    }

    [Fact]
    public void A_whole_CLIPs_configuration_gives_its_towers()
    {
        string folder = TestData.NewFolder();
        File.WriteAllText(Path.Combine(folder, "config.json"), """
            {"hidden_size":1,"vision_config":{"hidden_size":1024,"intermediate_size":4096,
             "num_hidden_layers":24,"num_attention_heads":16,"patch_size":14}}
            """);
        ClipVisionConfig config = ClipVisionConfig.Read(folder);
        config.Should().Be(new ClipVisionConfig
        {
            HiddenSize = 1024,
            IntermediateSize = 4096,
            Layers = 24,
            Heads = 16,
            PatchSize = 14,
            ImageSize = 224,
            LayerNormEpsilon = 1e-5,
            Activation = "quick_gelu",
        });
        config.VisualTokens.Should().Be(257);
    }

    private static double Difference(Tensor actual, Tensor expected) =>
        (actual.to(ScalarType.Float64) - expected.to(ScalarType.Float64)).abs().max().item<double>();
}
