using System.Text.Json;
using TorchSharp;
using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Native;
using VisualChat.Model.Safetensors;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Gpu.Steps;

/// <summary>
/// Losses and gradients of small models, for <c>oracle.py</c> to compare with what the formulas say
/// in float64: each attention, grouped queries, no image, images side by side, many images, an
/// image first.
/// </summary>
internal static class OracleStep
{
    private const string Several = "ttvtttvvtttt";
    private const string None = "tttttttttt";
    private const string Many = "tvtvtvvtvttvvvttttttvttt";
    private const string First = "vttvtttttt";

    private static readonly (string Name, AttentionMode Mode, int KeyValueHeads, string Kinds)[] Cases =
    [
        ("several images", AttentionMode.Mmca, 4, Several),
        ("several images", AttentionMode.Causal, 4, Several),
        ("several images", AttentionMode.MmcaDeepSpeed, 4, Several),
        ("several images", AttentionMode.CraCaMask, 4, Several),
        ("several images", AttentionMode.CausalTwoSoftmaxes, 4, Several),
        ("grouped queries", AttentionMode.Mmca, 2, Several),
        ("grouped queries", AttentionMode.MmcaDeepSpeed, 1, First),
        ("grouped queries", AttentionMode.CraCaMask, 2, First),
        ("grouped queries", AttentionMode.CausalTwoSoftmaxes, 1, First),
        ("no image", AttentionMode.Mmca, 4, None),
        ("no image", AttentionMode.MmcaDeepSpeed, 4, None),
        ("no image", AttentionMode.CraCaMask, 4, None),
        ("many images", AttentionMode.Mmca, 2, Many),
        ("many images", AttentionMode.CraCaMask, 2, Many),
        ("many images", AttentionMode.CausalTwoSoftmaxes, 2, Many),
        ("an image first", AttentionMode.Mmca, 4, First),
    ];

    // bf16 has three digits. A gradient has passed through six products a layer, twice.
    private static readonly (ScalarType Type, string Name, double LossAtMost, double GradientAtMost)[] Types =
        [(ScalarType.Float32, "float32", 1e-5, 1e-4), (ScalarType.BFloat16, "bf16", 1e-2, 0.1)];

    public static void Run(RunOptions options)
    {
        TorchNatives.EnsureLoadable();
        foreach (int keyValueHeads in Cases.Select(written => written.KeyValueHeads).Distinct())
            SmallModel.Write(SmallModel.Describe(keyValueHeads), Path.Combine(options.Work, ModelName(keyValueHeads)));
        for (int index = 0; index < Cases.Length; index++)
        {
            for (int type = 0; type < Types.Length; type++)
                Write(options, index, type);
        }
    }

    private static string ModelName(int keyValueHeads) => $"oracle-model-{keyValueHeads}";

    private static void Write(RunOptions options, int caseIndex, int typeIndex)
    {
        var written = Cases[caseIndex];
        var computed = Types[typeIndex];
        string name = $"{caseIndex:D2}-{computed.Name}";
        ModelDescription description = SmallModel.Describe(written.KeyValueHeads);
        string folder = Directory.CreateDirectory(Path.Combine(options.Work, "oracle", name)).FullName;
        string weights = Path.Combine(options.Work, ModelName(written.KeyValueHeads));
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = SmallModel.Open(description, weights, written.Mode, computed.Type, options.Device);
        ModelSample sample = SmallModel.Sample(written.Kinds);
        (double loss, IReadOnlyDictionary<string, Tensor> gradients) =
            SmallModel.Gradients(model, sample, isRecomputed: false);
        List<SafetensorsTensor> tensors =
        [
            Numbers("ids", sample.InputIds),
            Numbers("labels", sample.Labels),
            SafetensorsTensor.Of("loss", tensor([loss], [1])),
            .. gradients.Select(gradient => SafetensorsTensor.Of($"gradient.{gradient.Key}", gradient.Value)),
        ];
        if (SmallModel.ImagesOf(sample) is { Count: > 0 } images)
            tensors.Add(Pixels(images, description.Vision.ImageSize));

        using (FileStream file = File.Create(Path.Combine(folder, "sample.safetensors")))
            SafetensorsWriter.Write(file, tensors);
        using var vision = JsonDocument.Parse(ModelConfig.VisionJson(description.Vision));
        using var language = JsonDocument.Parse(
            ModelConfig.LanguageJson(description.Language, description.VocabularySize));
        File.WriteAllText(Path.Combine(folder, "case.json"), JsonSerializer.Serialize(new
        {
            title = $"{written.Mode.Name()}, {written.Name}, {computed.Name}",
            attention = written.Mode.Name(),
            model = weights,
            image_token = description.ImageToken,
            loss_at_most = computed.LossAtMost,
            gradient_at_most = computed.GradientAtMost,
            vision = vision.RootElement,
            language = language.RootElement,
        }));
    }

    // [images, 3, S, S], normalised here: the oracle checks what the device makes of the bytes.
    private static SafetensorsTensor Pixels(IReadOnlyList<ReadOnlyMemory<byte>> images, int side)
    {
        int values = ClipNormalization.Channels * side * side;
        float[] pixels = new float[images.Count * values];
        for (int image = 0; image < images.Count; image++)
            ClipNormalization.Normalize(images[image].Span, pixels.AsSpan(image * values, values));
        return SafetensorsTensor.Of("pixels", [images.Count, ClipNormalization.Channels, side, side], pixels);
    }

    private static SafetensorsTensor Numbers(string name, ReadOnlyMemory<int> values)
    {
        float[] numbers = [.. values.ToArray().Select(value => (float)value)];
        return SafetensorsTensor.Of(name, [numbers.Length], numbers);
    }
}
