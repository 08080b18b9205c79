using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Parameters;
using VisualChat.Model.Transfers;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.CrossAttention;

/// <summary>A gated layer and the resampler against open_flamingo's own.</summary>
public sealed class ReleasedLayerTests
{
    /// <summary>The golden model's: 14 positions, three images of 5 visual tokens.</summary>
    private const int TokensOfImage = 5, Width = 64, MediaWidth = 48;

    private const string Layer = "layer";

    [Theory]
    [InlineData(SeenImages.Immediate, false, ScalarType.Float64, 1e-13)]
    [InlineData(SeenImages.Immediate, true, ScalarType.Float64, 1e-13)]
    [InlineData(SeenImages.All, false, ScalarType.Float64, 1e-13)]
    [InlineData(SeenImages.All, true, ScalarType.Float64, 1e-13)]
    [InlineData(SeenImages.Immediate, false, ScalarType.Float32, 1e-5)]
    [InlineData(SeenImages.Immediate, true, ScalarType.Float32, 1e-5)]
    [InlineData(SeenImages.All, false, ScalarType.Float32, 1e-5)]
    [InlineData(SeenImages.All, true, ScalarType.Float32, 1e-5)]
    public void A_gated_layer_computes_what_the_original_does(
        SeenImages images, bool isPadded, ScalarType type, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        using var golden = new GoldenFlamingo("block");
        (GatedLayer layer, string kinds) = (LayerOf(golden, type), Kinds(golden));
        var numbers = new PackedNumbers();
        MediaPlan plan =
            MediaPlan.Of(GoldenFlamingo.Layout(images, TokensOfImage, kinds), isPadded, numbers);
        MediaPass pass = plan.Pass(numbers.Send(new DeviceTransfers(CPU)), type);

        Tensor rows = layer.Forward(golden["x"][0].to(type), Media(golden, type), pass);

        int first = kinds.IndexOf('i');
        first.Should().BeGreaterThan(0);
        long rest = kinds.Length - first;
        Tensor expected = golden[images == SeenImages.All ? "all_earlier" : "immediate"][0];
        GoldenFlamingo.RelativeDifference(rows.narrow(0, first, rest), expected.narrow(0, first, rest))
            .Should().BeLessThan(tolerance);

        // Where it lets rows look at all earlier images, the original forgets to wipe those that
        // have none: they look at every image to come.
        Tensor closed = golden["immediate"][0].narrow(0, 0, first);
        GoldenFlamingo.RelativeDifference(rows.narrow(0, 0, first), closed).Should().BeLessThan(tolerance);
        GoldenFlamingo.RelativeDifference(golden["all_earlier"][0].narrow(0, 0, first), closed)
            .Should().BeGreaterThan(0.01);
    }

    [Theory]
    [InlineData(SeenImages.Immediate, ScalarType.Float64, 1e-13)]
    [InlineData(SeenImages.All, ScalarType.Float64, 1e-13)]
    [InlineData(SeenImages.Immediate, ScalarType.Float32, 1e-5)]
    [InlineData(SeenImages.All, ScalarType.Float32, 1e-5)]
    public void One_more_token_looks_at_the_images_that_were_kept(
        SeenImages images, ScalarType type, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        using var golden = new GoldenFlamingo("block");
        (GatedLayer layer, string kinds) = (LayerOf(golden, type), Kinds(golden));
        using var cache = new CachedRows();
        var numbers = new PackedNumbers();
        MediaLayout layout = GoldenFlamingo.Layout(images, TokensOfImage, kinds);
        MediaPass before = MediaPlan.Of(layout, isPadded: false, numbers).Pass(null!, type);
        Tensor x = golden["x"][0].to(type);
        Tensor rows = layer.Forward(x, Media(golden, type), before, cache);
        Tensor withoutCache = layer.Forward(x, Media(golden, type), before);
        GoldenFlamingo.RelativeDifference(rows, withoutCache).Should().BeLessThan(tolerance);

        // The original's next token is the first one once more.
        Tensor first = x.narrow(0, 0, 1);
        Tensor next = layer.Forward(first, null, MediaPass.OfOneRow(TokensOfImage, images, layout.Rows), cache);

        string expected = images == SeenImages.All ? "next_token_all_earlier" : "next_token_immediate";
        GoldenFlamingo.RelativeDifference(next, golden[expected][0]).Should().BeLessThan(tolerance);
    }

    [Theory]
    [InlineData(ScalarType.Float64, 1e-13)]
    [InlineData(ScalarType.Float32, 1e-5)]
    public void The_resampler_computes_what_the_original_does(ScalarType type, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        using var golden = new GoldenFlamingo("resampler");
        ParameterSet parameters = golden.Parameters(
            LatentResampler.Specs(Resampler, MediaWidth), type, name => name);
        Tensor features_BPC = golden["vision"].squeeze(2)[0].to(type);

        // CLIP's features begin with the class token's, which is dropped.
        Tensor withClass_BPC = cat([features_BPC.narrow(1, 0, 1), features_BPC], 1);
        Tensor ofClip = new LatentResampler(parameters, Resampler.Depth, new ClipVisionConfig()).Apply(withClass_BPC);
        Tensor ofQwen = new LatentResampler(parameters, Resampler.Depth, new QwenVisionConfig()).Apply(features_BPC);

        GoldenFlamingo.RelativeDifference(ofClip, golden["expected"][0]).Should().BeLessThan(tolerance);
        GoldenFlamingo.RelativeDifference(ofQwen, golden["expected"][0]).Should().BeLessThan(tolerance);
    }

    [Fact]
    public void The_tensors_have_the_originals_names()
    {
        using GoldenFlamingo resampler = new("resampler"), model = new("model");
        LatentResampler.Specs(Resampler, MediaWidth).Select(spec => spec.Name)
            .Should().BeEquivalentTo(resampler.Tensors.Keys.Where(name => name.Contains('.')));
        GatedLayers.Specs([1, 3], Width, MediaWidth).Select(spec => spec.Name)
            .Should().BeEquivalentTo(
                model.Tensors.Keys.Where(name => name.StartsWith("gated", StringComparison.Ordinal)));
    }

    private static CrossAttentionConfig Resampler => new()
    {
        Resampler = MediaResampler.Perceiver,
        Latents = 8,
        Depth = 2,
    };

    private static GatedLayer LayerOf(GoldenFlamingo golden, ScalarType type) => GatedLayer.Of(
        golden.Parameters(GatedLayer.Specs(Layer, Width, MediaWidth), type, name => name[(Layer.Length + 1)..]), Layer);

    // t for text, i for an image's position.
    private static string Kinds(GoldenFlamingo golden) =>
        new([.. golden["media_locations"][0].data<byte>().ToArray().Select(isImage => isImage == 0 ? 't' : 'i')]);

    private static Tensor Media(GoldenFlamingo golden, ScalarType type) =>
        golden["media"][0].flatten(0, 1).to(type);
}
