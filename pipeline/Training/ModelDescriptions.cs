using TorchSharp;
using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Errors;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Training;

/// <summary>From a recipe's <c>model</c> to what <see cref="ChatModel"/> is made from.</summary>
public static class ModelDescriptions
{
    /// <summary>The model of a recipe.</summary>
    /// <param name="recipe">The recipe; it must have a model.</param>
    /// <param name="special">The ids after the tokenizer's vocabulary.</param>
    /// <param name="device">Where it is computed.</param>
    /// <param name="checkpoint">A checkpoint's folder, or one that <c>export</c> wrote; null: as the recipe starts it.</param>
    /// <exception cref="InputException">The recipe has no model, or one of its folders is not there.</exception>
    /// <exception cref="ModelException">A folder's <c>config.json</c> cannot be read.</exception>
    public static ModelDescription Of(Recipe recipe, SpecialTokens special, string device, string? checkpoint = null)
    {
        if (recipe.Model is not { } model)
            throw new InputException("The recipe has no 'model': add its vision and language (recipes/quickstart.yaml shows how).");
        ModelConfig? whole = checkpoint is null ? null : ModelConfig.TryReadWhole(checkpoint);
        if (whole is null)
            RequireFolders(("model.vision", model.Vision, model.GivenVision), ("model.language", model.Language, model.GivenLanguage), ("model.start", model.Start, model.GivenStart));
        return new ModelDescription
        {
            Vision = whole?.Vision ?? (model.Vision is { } vision ? ClipVisionConfig.Read(vision) : VisionOf(model.VisionSizes!, recipe.Images.Size)),
            VisionFolder = whole is null ? model.Vision : null,
            Language = whole?.Language ?? (model.Language is { } language ? LlamaConfig.Read(language) : LanguageOf(model.LanguageSizes!, recipe, special)),
            LanguageFolder = whole is null ? model.Language : null,
            Checkpoint = checkpoint,
            Start = whole is null ? model.Start : null,
            VocabularySize = special.VocabularySize,
            ImageToken = special.Image,
            Attention = AttentionModeNames.Parse(model.Attention),
            Trainable = PartsOf(model.Trainable),
            ComputeType = TypeOf(model.Dtype),
            Device = device,
            Seed = unchecked((ulong)recipe.Seed),
        };
    }

    private static void RequireFolders(params ReadOnlySpan<(string Key, string? Folder, string? Given)> folders)
    {
        var problems = new List<string>();
        foreach ((string key, string? folder, string? given) in folders)
        {
            if (folder is not null && !Directory.Exists(folder))
                problems.Add($"{key} is '{given}', and there is no folder '{folder}'. Download the model there, or set the key to where it is.");
        }

        if (problems.Count > 0)
            throw new InputException(problems);
    }

    private static ClipVisionConfig VisionOf(IReadOnlyDictionary<string, double> sizes, int imageSize) => new()
    {
        HiddenSize = (int)sizes["hidden_size"],
        IntermediateSize = (int)sizes["intermediate_size"],
        Layers = (int)sizes["num_hidden_layers"],
        Heads = (int)sizes["num_attention_heads"],
        PatchSize = (int)sizes["patch_size"],
        LayerNormEpsilon = sizes["layer_norm_eps"],
        ImageSize = imageSize,
    };

    private static LlamaConfig LanguageOf(IReadOnlyDictionary<string, double> sizes, Recipe recipe, SpecialTokens special) => new()
    {
        HiddenSize = (int)sizes["hidden_size"],
        IntermediateSize = (int)sizes["intermediate_size"],
        Layers = (int)sizes["num_hidden_layers"],
        Heads = (int)sizes["num_attention_heads"],
        KeyValueHeads = (int)sizes["num_key_value_heads"],
        RmsNormEpsilon = sizes["rms_norm_eps"],
        RopeTheta = sizes["rope_theta"],
        VocabularySize = special.VocabularySize,
        MaxPositions = recipe.Data.MaxSequenceTokens,
    };

    private static ModelPart PartsOf(IReadOnlyList<string> names) => names.Aggregate(ModelPart.None, (parts, name) => parts | name switch
    {
        "projection" => ModelPart.Projection,
        "embeddings" => ModelPart.Embeddings,
        "vision" => ModelPart.Vision,
        "language" => ModelPart.Language,
        "all" => ModelPart.All,
        _ => throw new InputException($"model.trainable: '{name}' is no part of a model."),
    });

    private static torch.ScalarType TypeOf(string name) => name switch
    {
        "float32" => torch.ScalarType.Float32,
        "bf16" => torch.ScalarType.BFloat16,
        "fp16" => torch.ScalarType.Float16,
        _ => throw new InputException($"model.dtype: '{name}' is no type a model computes in."),
    };
}
