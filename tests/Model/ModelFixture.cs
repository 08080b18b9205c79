using TorchSharp;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests;

/// <summary>A tiny model, and its two parts as Hugging Face folders.</summary>
internal static class ModelFixture
{
    public const int BaseVocabulary = 20, Vocabulary = 23, ImageToken = 21;

    /// <summary>Bytes of a crop.</summary>
    public const int ImageBytes = 8 * 8 * 3;

    private static readonly byte[] Levels = [.. Enumerable.Range(0, 256).Select(level => (byte)level)];

    /// <summary>What a folder of a whole CLIP holds beside the tower.</summary>
    private static readonly string[] UnusedOfClip =
    [
        "vision_model.post_layernorm.weight",
        "vision_model.embeddings.position_ids",
        "text_model.final_layer_norm.bias",
        "logit_scale",
        "visual_projection.weight",
        "text_projection.weight",
    ];

    public static ModelDescription Description(ScalarType type = ScalarType.Float64, ulong seed = 1) => new()
    {
        Vision = new ClipVisionConfig
        {
            HiddenSize = 8,
            IntermediateSize = 12,
            Layers = 2,
            Heads = 2,
            ImageSize = 8,
            PatchSize = 4,
        },
        Language = new LlamaConfig
        {
            HiddenSize = 16,
            IntermediateSize = 20,
            Layers = 2,
            Heads = 4,
            KeyValueHeads = 2,
            VocabularySize = BaseVocabulary,
        },
        VocabularySize = Vocabulary,
        AddedTokens = Vocabulary - BaseVocabulary,
        ImageToken = ImageToken,
        CrossAttention = new CrossAttentionConfig { Every = 1 },
        ComputeType = type,
        Seed = seed,
    };

    public static ChatModel Model(
        ScalarType type = ScalarType.Float64,
        ModelPart trainable = ModelPart.Projection | ModelPart.Embeddings) =>
        ChatModel.Create(Description(type) with { Trainable = trainable });

    /// <summary>A sample from letters: a capital letter has a label, and i is an image.</summary>
    public static ModelSample Sample(string text) => new(
        text.Select(letter => letter == 'i' ? ImageToken : Id(letter)).ToArray(),
        text.Select(letter => char.IsUpper(letter) ? Id(letter) : ModelSample.IgnoredLabel).ToArray());

    /// <summary>Crops of random pixels.</summary>
    public static ReadOnlyMemory<byte>[] Images(int count, int seed = 5)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (ReadOnlyMemory<byte>)random.GetItems(Levels, ImageBytes))];
    }

    /// <summary>
    /// A micro-batch of samples from letters, whose images' pixels depend on the seed.
    /// </summary>
    public static MicroBatch Batch(int seed, params string[] samples)
    {
        int images = samples.Sum(sample => sample.Count(letter => letter == 'i'));
        return new MicroBatch([.. samples.Select(Sample)], Images(images, seed));
    }

    /// <summary>The loss of a micro-batch that this thread prepares.</summary>
    public static BatchLoss Loss(this ChatModel model, MicroBatch batch, bool activationCheckpointing = false)
    {
        using PreparedBatch prepared = model.Prepare(batch);
        return model.Loss(prepared, activationCheckpointing);
    }

    /// <summary>Makes the loss of every sample with the letter NaN.</summary>
    public static void Break(ChatModel model, char letter)
    {
        using IDisposable frozen = no_grad();
        using Scalar nan = double.NaN;
        using Tensor row = model.Parameters["lang_embed.weight"][Id(letter)];
        _ = row.fill_(nan);
    }

    /// <summary>
    /// Writes a language folder with the base vocabulary's rows. Values count up, so each is known.
    /// </summary>
    public static string LanguageFolder(Action<Dictionary<string, long[]>>? change = null)
    {
        Dictionary<string, long[]> shapes = Shapes(LlamaParameters.All(Description().Language, BaseVocabulary));
        shapes.Add("model.layers.0.self_attn.rotary_emb.inv_freq", [2]);
        change?.Invoke(shapes);
        return Folder(shapes);
    }

    /// <summary>Writes a vision folder, of a whole CLIP.</summary>
    public static string VisionFolder(Action<Dictionary<string, long[]>>? change = null)
    {
        Dictionary<string, long[]> shapes = Shapes(ClipParameters.All((ClipVisionConfig)Description().Vision));
        foreach (string unused in UnusedOfClip)
            shapes.Add(unused, [3]);
        change?.Invoke(shapes);
        return Folder(shapes);
    }

    /// <summary>The values of a tensor in those folders.</summary>
    public static float[] Values(string name, long count) =>
        [.. Enumerable.Range(0, (int)count).Select(index => ((index + name.Length) % 31 - 15) / 64f)];

    public static void Write(string path, IEnumerable<KeyValuePair<string, long[]>> shapes)
    {
        TestData.Write(path, [.. shapes.Select(item => (item.Key, item.Value, Values(item.Key, Count(item.Value))))]);

        static long Count(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);
    }

    private static int Id(char letter) => (char.ToLowerInvariant(letter) - 'a') % BaseVocabulary;

    private static Dictionary<string, long[]> Shapes(IEnumerable<ParameterSpec> specs) =>
        specs.ToDictionary(spec => spec.NameInFolder, spec => spec.Shape);

    private static string Folder(Dictionary<string, long[]> shapes)
    {
        string folder = TestData.NewFolder();
        Write(Path.Combine(folder, "model.safetensors"), shapes);
        return folder;
    }
}
