using TorchSharp;
using VisualChat.Model;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Tests;

/// <summary>
/// A vision tower and a decoder of random weights in bf16, as Hugging Face folders: 14 GB for
/// LLaMA-2 7B and CLIP ViT-L/14. What they cost does not depend on what they have learned.
/// </summary>
internal static class RandomTowers
{
    private const long FileBytes = 5_000_000_000;
    private const double Deviation = 0.02;
    private const long Shifts = 1 << 20;

    /// <summary>CLIP ViT-L/14 and LLaMA-2 7B, started at random.</summary>
    public static readonly ModelDescription Paper = new()
    {
        Vision = new ClipVisionConfig
        {
            HiddenSize = 1024,
            IntermediateSize = 4096,
            Layers = 24,
            Heads = 16,
            ImageSize = 224,
            PatchSize = 14,
        },
        Language = new LlamaConfig { RmsNormEpsilon = 1e-5, MaxPositions = 4096 },
        VocabularySize = 32003,
        AddedTokens = 3,
        ImageToken = 32001,
        ComputeType = ScalarType.BFloat16,
    };

    /// <summary>The same, to be read from two folders in one.</summary>
    public static ModelDescription Large(string folder) => Paper with
    {
        VisionFolder = Path.Combine(folder, "vision"),
        LanguageFolder = Path.Combine(folder, "language"),
    };

    /// <summary>
    /// Writes those of the description's folders that are not there. Every tensor is a piece of one
    /// block of random numbers, each from another place in it.
    /// </summary>
    /// <param name="description">The sizes, and the folders.</param>
    /// <param name="on">Where the numbers are drawn: a GPU does it in no time.</param>
    /// <returns>Bytes in the folders.</returns>
    public static long Write(ModelDescription description, Device on)
    {
        LlamaConfig language = description.Language;
        using DisposeScope scope = NewDisposeScope();
        using Scalar deviation = Deviation;
        ParameterSpec[] vision = [.. ClipParameters.All((ClipVisionConfig)description.Vision)];
        ParameterSpec[] decoder = [.. LlamaParameters.All(language, language.VocabularySize)];
        long longest = vision.Concat(decoder).Max(spec => Length(spec.Shape));
        Tensor block = randn([longest + Shifts], device: on).mul(deviation).to(ScalarType.BFloat16);
        long tensors = 0;
        WriteTower(description.VisionFolder!, vision, ModelConfig.VisionJson(description.Vision));
        WriteTower(
            description.LanguageFolder!, decoder, ModelConfig.LanguageJson(language, language.VocabularySize));
        return new[] { description.VisionFolder!, description.LanguageFolder! }
            .SelectMany(Directory.GetFiles)
            .Sum(file => new FileInfo(file).Length);

        void WriteTower(string folder, ParameterSpec[] specs, string config)
        {
            if (File.Exists(Path.Combine(folder, "config.json")))
                return;
            Directory.CreateDirectory(folder);
            using DisposeScope scope = NewDisposeScope();
            (string, Tensor)[] tensors = [.. specs.Select(spec => (spec.NameInFolder, Piece(spec.Shape)))];
            ModelExport.WriteTensors(folder, tensors, ScalarType.BFloat16, FileBytes);
            File.WriteAllText(Path.Combine(folder, "config.json"), config);
        }

        Tensor Piece(long[] shape) =>
            block.narrow(0, 7919 * tensors++ % Shifts, Length(shape)).view(shape);

        static long Length(long[] shape) => shape.Aggregate(1L, (product, size) => product * size);
    }
}
