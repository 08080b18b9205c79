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
using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Training;

/// <summary>From a recipe's <c>model</c> to what <see cref="ChatModel"/> is made from.</summary>
internal static class ModelDescriptions
{
    /// <param name="special">The ids after the tokenizer's vocabulary.</param>
    /// <param name="device">Where it is computed.</param>
    /// <param name="checkpoint">
    /// A checkpoint's folder, one that <c>export</c> wrote, or a checkpoint of the released system;
    /// null: as the recipe starts it.
    /// </param>
    /// <exception cref="InputException">
    /// The recipe has no model, or one of its folders is not there.
    /// </exception>
    /// <exception cref="ModelException">A folder's <c>config.json</c> cannot be read.</exception>
    public static ModelDescription Of(Recipe recipe, SpecialTokens special, string device, string? checkpoint = null)
    {
        if (recipe.Model is not { } model)
        {
            throw new InputException(
                "The recipe has no 'model': add its vision and language (recipes/quickstart.yaml shows how).");
        }

        CheckpointKind kind = KindOf(checkpoint);
        ModelConfig? whole = kind == CheckpointKind.Whole ? ModelConfig.TryReadWhole(checkpoint!) : null;
        string? start = kind == CheckpointKind.Trained ? model.Start?.FullPath : null;
        bool startsReleased = start is not null && ReleasedCheckpoint.IsAt(start);

        // A released checkpoint has all weights and no sizes: of the towers' folders, these are
        // read alone.
        bool needsTowers = kind == CheckpointKind.Trained && !startsReleased;
        if (whole is null)
        {
            RequireFolders(
                (nameof(ModelSettings.Vision), model.Vision.Folder),
                (nameof(ModelSettings.Language), model.Language.Folder),
                (nameof(ModelSettings.Start), start is null ? null : model.Start));
        }

        VisionTowerConfig vision = whole?.Vision ?? VisionOf(model.Vision, recipe.Images.Size);
        if (vision.ImageSize != recipe.Images.Size)
        {
            throw new InputException(
                $"{KeyName.Path(nameof(Recipe.Images), nameof(ImageSettings.Size))} is {recipe.Images.Size}, and the "
                + $"{vision.Kind} of '{checkpoint ?? model.Vision.Folder!.FullPath}' takes images of "
                + $"{vision.ImageSize}: set the key to that.");
        }

        RequireAttention(model, checkpoint, start);
        if (whole is null)
            RequireTower(vision, model.Vision.Folder, checkpoint, model.Start?.FullPath);
        return new ModelDescription
        {
            Vision = vision,
            VisionFolder = needsTowers ? model.Vision.Folder?.FullPath : null,
            Language = whole?.Language ?? LanguageOf(model.Language, recipe, special),
            LanguageFolder = needsTowers ? model.Language.Folder?.FullPath : null,
            Checkpoint = checkpoint,
            CheckpointKind = kind,
            Start = start,
            StartKind = startsReleased ? CheckpointKind.Released : CheckpointKind.Trained,
            VocabularySize = special.VocabularySize,
            AddedTokens = special.VocabularySize - special.BaseVocabularySize,
            ImageToken = special.Image,
            Projection = model.Projection,
            Attention = model.Attention,
            CrossAttention = model.CrossAttention.Config,
            Trainable = PartsOf(model.Trainable),
            Frozen = model.Frozen,
            HiddenBlock = HiddenBlockOf(recipe.Training, vision),
            ComputeType = TypeOf(model.Dtype),
            Device = device,
            Seed = unchecked((ulong)recipe.TrainingSeed),
        };
    }

    /// <summary>A recipe's vision tower; null: it has none.</summary>
    /// <exception cref="ModelException">Its folder cannot be read.</exception>
    public static VisionTowerConfig? VisionOf(Recipe recipe) =>
        recipe.Model is { } model ? VisionOf(model.Vision, recipe.Images.Size) : null;

    private static CheckpointKind KindOf(string? checkpoint)
    {
        if (checkpoint is null)
            return CheckpointKind.Trained;
        if (ReleasedCheckpoint.IsAt(checkpoint))
            return CheckpointKind.Released;
        return ModelConfig.TryReadWhole(checkpoint) is null ? CheckpointKind.Trained : CheckpointKind.Whole;
    }

    private static void RequireFolders(params ReadOnlySpan<(string Property, RecipePath? Folder)> folders)
    {
        var problems = new List<string>();
        foreach ((string property, RecipePath? folder) in folders)
        {
            if (folder is null || Directory.Exists(folder.FullPath))
                continue;
            if (property == nameof(ModelSettings.Start) && ReleasedCheckpoint.IsAt(folder.FullPath))
                continue;
            string key = KeyName.Path(nameof(Recipe.Model), property);
            problems.Add(File.Exists(folder.FullPath)
                ? $"{key} is '{folder.Given}', and that is a file: name the folder it is in, " +
                    $"'{Path.GetDirectoryName(folder.FullPath)}'."
                : $"{key} is '{folder.Given}', and there is no folder '{folder.FullPath}'. " +
                    "Download the model there, or set the key to where it is.");
        }

        if (problems.Count > 0)
            throw new InputException(problems);
    }

    // By its own name, before the tensors of the two are compared one by one.
    private static void RequireTower(
        VisionTowerConfig vision, RecipePath? visionFolder, params ReadOnlySpan<string?> trained)
    {
        string whose = KeyName.Path(nameof(Recipe.Model), nameof(ModelSettings.Vision))
            + (visionFolder is null ? "" : $", '{visionFolder.FullPath}',");
        foreach (string? folder in trained)
        {
            if (folder is null || ModelConfig.TowerIn(folder) is not { } tower || tower == vision.Title)
                continue;
            throw new InputException(
                $"'{folder}' was trained with a {tower}, and {whose} is a {vision.Title}. "
                + "Name the tower that it was trained with.");
        }
    }

    // Gated layers are weights: under an attention without them nothing would use them, and under
    // theirs a checkpoint without them is half a model. A training may start without.
    private static void RequireAttention(ModelSettings model, string? checkpoint, string? start)
    {
        string key = KeyName.Path(nameof(Recipe.Model), nameof(ModelSettings.Attention));
        string own = model.Attention.Name(), gated = AttentionMode.CraCa.Name();
        if ((checkpoint ?? start) is { } released && ReleasedCheckpoint.IsAt(released))
        {
            if (model.IsCrossAttended)
            {
                throw new InputException(
                    $"'{released}' is of DeepSpeed-VisualChat, which has no gated layers, and {key} is {own}. "
                    + $"Set it to {AttentionMode.MmcaDeepSpeed.Name()} or {AttentionMode.Causal.Name()}.");
            }

            return;
        }

        foreach ((string? folder, bool mayLack) in new[] { (checkpoint, false), (start, true) })
        {
            if (folder is null || ModelConfig.AttentionIn(folder) is not { } trained)
                continue;
            bool fits = mayLack && trained != gated || (trained == gated) == model.IsCrossAttended;
            if (!fits)
            {
                throw new InputException(
                    $"'{folder}' was trained under the attention {trained}, and {key} is {own}: one of them has "
                    + $"gated layers, the other has none. Set {key}={trained}.");
            }
        }
    }

    private static VisionTowerConfig VisionOf(FolderOrSizes<VisionSizes> vision, int imageSize) =>
        vision.Sizes switch
        {
            null => VisionTowerConfig.Read(vision.Folder!.FullPath),
            { OutputSize: { } outputSize } sizes => new QwenVisionConfig
            {
                HiddenSize = sizes.HiddenSize,
                IntermediateSize = sizes.IntermediateSize,
                Layers = sizes.NumHiddenLayers,
                Heads = sizes.NumAttentionHeads,
                PatchSize = sizes.PatchSize,
                Positions = sizes.Queries,
                Queries = sizes.Queries,
                OutputSize = outputSize,
                ImageSize = imageSize,
            },
            { } sizes => new ClipVisionConfig
            {
                HiddenSize = sizes.HiddenSize,
                IntermediateSize = sizes.IntermediateSize,
                Layers = sizes.NumHiddenLayers,
                Heads = sizes.NumAttentionHeads,
                PatchSize = sizes.PatchSize,
                LayerNormEpsilon = sizes.LayerNormEps,
                ImageSize = imageSize,
            },
        };

    private static LlamaConfig LanguageOf(
        FolderOrSizes<LanguageSizes> language, Recipe recipe, SpecialTokens special) =>
        language.Sizes is not { } sizes
            ? LlamaConfig.Read(language.Folder!.FullPath)
            : new LlamaConfig
            {
                HiddenSize = sizes.HiddenSize,
                IntermediateSize = sizes.IntermediateSize,
                Layers = sizes.NumHiddenLayers,
                Heads = sizes.NumAttentionHeads,
                KeyValueHeads = sizes.NumKeyValueHeads!.Value,
                RmsNormEpsilon = sizes.RmsNormEps,
                RopeTheta = sizes.RopeTheta,
                VocabularySize = special.VocabularySize,
                MaxPositions = recipe.Data.MaxSequenceTokens,
            };

    private static int? HiddenBlockOf(TrainingSettings? training, VisionTowerConfig vision) =>
        training is { LearnsImages: true } ? training.HiddenBlock ?? (vision as ClipVisionConfig)?.PatchSize : null;

    private static ModelPart PartsOf(TrainableParts trainable) =>
        trainable.Parts.Aggregate(ModelPart.None, (parts, part) => parts | part switch
        {
            TrainablePart.Projection => ModelPart.Projection,
            TrainablePart.Embeddings => ModelPart.Embeddings,
            TrainablePart.Vision => ModelPart.Vision,
            TrainablePart.CrossAttention => ModelPart.CrossAttention,
            _ => ModelPart.Language,
        });

    private static torch.ScalarType TypeOf(Dtype type) => type switch
    {
        Dtype.Float32 => torch.ScalarType.Float32,
        Dtype.Bf16 => torch.ScalarType.BFloat16,
        _ => torch.ScalarType.Float16,
    };
}
