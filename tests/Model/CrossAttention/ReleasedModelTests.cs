using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.CrossAttention;

/// <summary>A whole decoder with gated layers against open_flamingo's.</summary>
public sealed class ReleasedModelTests
{
    private const int MediaWidth = 48, TokensOfImage = 5, ImageToken = 77;

    private static readonly LlamaConfig Sizes = new()
    {
        HiddenSize = 64,
        IntermediateSize = 128,
        Layers = 4,
        Heads = 4,
        KeyValueHeads = 2,
        VocabularySize = 80,
        RmsNormEpsilon = 1e-5,
    };

    private static readonly CrossAttentionConfig EveryOther = new() { Every = 2 };

    // The original's LLaMA works out norms and logits in float32.
    [Theory]
    [InlineData(SeenImages.Immediate, false, ScalarType.Float64, 2e-6)]
    [InlineData(SeenImages.Immediate, true, ScalarType.Float64, 2e-6)]
    [InlineData(SeenImages.All, false, ScalarType.Float64, 2e-6)]
    [InlineData(SeenImages.All, true, ScalarType.Float64, 2e-6)]
    [InlineData(SeenImages.Immediate, false, ScalarType.Float32, 1e-5)]
    [InlineData(SeenImages.All, true, ScalarType.Float32, 1e-5)]
    public void Logits_are_the_originals(SeenImages images, bool isPadded, ScalarType type, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        using GoldenFlamingo golden = new("model"), expected = new("model-expected");
        int[] layers = [.. EveryOther.LayersOf(Sizes.Layers)];
        layers.Should().Equal(1, 3);
        ParameterSpec[] specs =
        [
            .. LlamaParameters.All(Sizes, Sizes.VocabularySize),
            .. GatedLayers.Specs(layers, Sizes.HiddenSize, MediaWidth),
        ];
        using ParameterSet parameters = golden.Parameters(specs, type, NameInFile);
        var gated = new GatedLayers(parameters, layers, TokensOfImage, images);
        var decoder = new LlamaDecoder(parameters, Sizes, AttentionMode.CraCa, gated) { IsPadded = isPadded };
        long[] ids = expected["input_ids"][0].data<long>().ToArray();
        string kinds = new([.. ids.Select(id => id == ImageToken ? 'i' : 't')]);
        var numbers = new PackedNumbers();
        NumberRange textIds = numbers.Add(ids);
        DecoderPlan plan = decoder.Plan(
            InterleavedLayout.Of([[Run.Text(ids.Length)]]),
            [.. Enumerable.Range(0, ids.Length)],
            cachedPositions: 0,
            numbers,
            GoldenFlamingo.Layout(images, TokensOfImage, kinds));
        SentNumbers sent = numbers.Send(new DeviceTransfers(CPU));
        Tensor text = parameters[LlamaParameters.Embedding].index_select(0, sent.Integers(textIds));
        Tensor media = expected["media"][0].flatten(0, 1).to(type);

        Tensor logits = decoder.Logits(text, media, plan, sent);

        GoldenFlamingo.RelativeDifference(logits, expected[images == SeenImages.All ? "all_earlier" : "immediate"][0])
            .Should().BeLessThan(tolerance);

        static string NameInFile(string name) =>
            name == LlamaParameters.Embedding ? "model.embed_tokens.weight" : name.Replace(LlamaParameters.Prefix, "");
    }
}
