using Newtonsoft.Json.Linq;
using VisualChat.Model.Projection;
using VisualChat.Model.Quantisation;
using VisualChat.Model.Training;
using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// Rules between keys. A rule is skipped where one of its keys is already refused.
/// </summary>
internal sealed class RecipeChecks
{
    private readonly Recipe _recipe;
    private readonly RecipeReading _reading;
    private readonly IReadOnlyCollection<string> _datasets;

    private RecipeChecks(Recipe recipe, RecipeReading reading, IReadOnlyCollection<string> datasets)
    {
        _recipe = recipe;
        _reading = reading;
        _datasets = datasets;
    }

    /// <summary>Checks a recipe; what was refused of it has its default, or is null.</summary>
    /// <param name="recipe">The recipe as far as it could be read.</param>
    /// <param name="vision">Its vision tower; null: none, or one that cannot be read.</param>
    /// <param name="reading">Knows what was refused, and receives each problem.</param>
    /// <param name="datasets">Names of the datasets that need no format.</param>
    public static void Check(
        Recipe recipe, VisionConfig? vision, RecipeReading reading, IReadOnlyCollection<string> datasets)
    {
        var checks = new RecipeChecks(recipe, reading, datasets);
        checks.CheckSources();
        checks.CheckVision(vision);
        checks.CheckLanguage();
        checks.CheckCrossAttention();
        checks.CheckFrozen();
        checks.CheckBatch();
        checks.CheckObjective(vision);
        checks.CheckFeatures();
    }

    private void CheckSources()
    {
        if (_recipe.Data?.Sources is not { } entries)
            return;

        string list = KeyName.Path(nameof(Recipe.Data), nameof(DataSettings.Sources));
        var first = new Dictionary<string, GivenKey>(StringComparer.Ordinal);
        for (int index = 0; index < entries.Count; index++)
        {
            string path = $"{list}.{index}";
            if (entries[index] is not { } entry)
                continue;
            CheckConcatenation(path, entry);
            GivenKey name = _reading.KeyOf(path, nameof(EntrySettings.Name));
            if (!name.IsSound)
                continue;

            if (!first.TryAdd(entry.Name, name))
                Add($"the source '{entry.Name}' is there twice ({first[entry.Name].Origin}, {name.Origin}); " +
                    "keep one, or give each its own name and format");
            CheckFormat(path, entry, name);
        }
    }

    private void CheckConcatenation(string path, EntrySettings entry)
    {
        GivenKey concatenate = _reading.KeyOf(path, nameof(EntrySettings.Concatenate));
        GivenKey most = _reading.Key(nameof(Recipe.Data), nameof(DataSettings.MaxImages));
        if (concatenate.IsSound && most.IsSound && entry.Concatenate > _recipe.Data.MaxImages)
            Add($"{concatenate} is {entry.Concatenate}, more than {most.Path}, " +
                $"which is {_recipe.Data.MaxImages}: every conversation joined shows an image");
    }

    private void CheckFormat(string path, EntrySettings entry, GivenKey name)
    {
        GivenKey format = _reading.KeyOf(path, nameof(EntrySettings.Format));
        GivenKey annotations = _reading.KeyOf(path, nameof(EntrySettings.Annotations));
        if (format.IsGiven && annotations.IsSound && entry.Annotations.Count == 0)
            Add($"'{annotations.Path}' is missing ({format.Origin}): " +
                "a source with a format names its annotation files");
        if (!format.IsGiven && !_datasets.Contains(entry.Name))
            Add($"unknown source '{entry.Name}' ('{name.Path}', {name.Origin}); {NearestDataset(entry.Name)}");

        bool isBlend = entry.IsLlavaOtterBlend && !format.IsGiven;
        GivenKey followUp = _reading.KeyOf(path, nameof(EntrySettings.FollowUp));
        if (!isBlend && followUp.IsGiven)
            Add($"{followUp} is for {EntrySettings.LlavaOtterBlend} only; remove it from '{entry.Name}'");
        GivenKey[] files = [annotations, _reading.KeyOf(path, nameof(EntrySettings.Images))];
        foreach (GivenKey file in isBlend ? files : [])
        {
            if (file.HasValue && file.Token is not JArray { Count: 0 })
                Add($"{file}: {entry.Name} joins llava, llava_dial and otter_mimicit_cgd " +
                    "and has no files of its own; remove it");
        }
    }

    private string NearestDataset(string name) => Spelling.Nearest(name, _datasets) is { } nearest
        ? $"did you mean '{nearest}'? Your own data needs a 'format'"
        : $"give your own data a 'format', or use one of {string.Join(", ", _datasets)}";

    private void CheckVision(VisionConfig? config)
    {
        GivenKey size = _reading.Key(nameof(Recipe.Images), nameof(ImageSettings.Size));
        GivenKey tokens = _reading.Key(nameof(Recipe.Images), nameof(ImageSettings.Tokens));
        GivenKey vision = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Vision));
        if (!size.IsSound || !tokens.IsSound || !vision.IsSound)
            return;

        ImageSettings images = _recipe.Images;
        if (config?.ImageSize is { } taken && taken != images.Size)
            Add($"{size} is {images.Size}, but the model in '{vision.Token}' takes images of {taken}" +
                (config.Unread is null ? "" : $" by its config.json alone: {config.Unread}"));

        int patch = config?.PatchSize ?? ImageSettings.DefaultPatch;
        ProjectionKind projection = _recipe.Model?.Projection ?? ProjectionKind.Baseline;
        int made = projection.VisualTokens()
            ?? config?.TokensOf(images.Size)
            ?? ImageSettings.TokensOf(images.Size, patch);
        int given = tokens.HasValue ? images.VisualTokens : made;
        if (!tokens.HasValue && images.Size % patch != 0)
            Add($"{size} is {images.Size}, not a multiple of the vision model's patch of {patch}; " +
                $"change it or give {tokens.Path}");
        else if (projection.VisualTokens() is { } always && given != always)
            Add($"{tokens} is {given}, but {KeyName.Path(nameof(Recipe.Model), nameof(ModelSettings.Projection))} " +
                $"{projection.Name()} makes {always} of any image");
        else if (config is not null && given != made)
            Add($"{tokens} is {given}, but {vision.Path} makes {made} of an image of {images.Size} " +
                $"with patches of {patch}");

        if (config?.Queries is not null && !projection.TakesAnyTower())
        {
            GivenKey kind = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Projection));
            Add($"{kind} is '{projection.Name()}', which takes the features of a CLIP vision tower, " +
                $"but {vision.Path} is Qwen-VL's, which goes with '{ProjectionKind.Baseline.Name()}' alone");
        }

        GivenKey most = _reading.Key(nameof(Recipe.Data), nameof(DataSettings.MaxSequenceTokens));
        if (most.IsSound && _recipe.Data.MaxSequenceTokens <= given)
            Add($"{most} is {_recipe.Data.MaxSequenceTokens}, but one image alone takes {given}");
        GivenKey resize = _reading.Key(nameof(Recipe.Images), nameof(ImageSettings.Resize));
        if (resize.HasValue && config?.Resize is { } own && own != images.Resize)
            Add($"{resize} is '{resize.Token}', but the preprocessor_config.json in '{vision.Token}' gives both " +
                "sides of an image, so its tower was trained on squashed images; remove the key");
        if (_recipe.Model?.Vision?.Sizes is { } sizes)
        {
            CheckHeads(vision, nameof(VisionSizes.NumAttentionHeads), sizes.HiddenSize, sizes.NumAttentionHeads);
            CheckResampler(vision, sizes);
        }
    }

    private void CheckResampler(GivenKey vision, VisionSizes sizes)
    {
        GivenKey output = _reading.KeyOf(vision.Path, nameof(VisionSizes.OutputSize));
        GivenKey queries = _reading.KeyOf(vision.Path, nameof(VisionSizes.Queries));
        GivenKey epsilon = _reading.KeyOf(vision.Path, nameof(VisionSizes.LayerNormEps));
        if (sizes.OutputSize is not { } width)
        {
            if (queries.IsGiven)
                Add($"{queries} is for a tower with a resampler only; remove it, or give {output.Path}");
            return;
        }

        if (width % VisionSizes.ResamplerHead != 0)
            Add($"{output} is {width}, and must be a multiple of {VisionSizes.ResamplerHead}");
        int side = (int)Math.Sqrt(sizes.Queries);
        if (side * side != sizes.Queries)
            Add($"{queries} is {sizes.Queries}, and must be a square, as 256 is");
        if (epsilon.IsGiven)
            Add($"{epsilon} is for CLIP's tower; one with a resampler always adds 1e-6; remove it");
    }

    private void CheckLanguage()
    {
        GivenKey language = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Language));
        if (!language.IsSound || _recipe.Model?.Language?.Sizes is not { } sizes)
            return;

        int heads = sizes.NumAttentionHeads;
        CheckHeads(language, nameof(LanguageSizes.NumAttentionHeads), sizes.HiddenSize, heads);
        if (sizes.HiddenSize % heads == 0 && sizes.HiddenSize / heads % 2 != 0)
            Add($"{language} gives each head {sizes.HiddenSize / heads} dimensions; " +
                "rotary positions need an even number");
        if (heads % sizes.NumKeyValueHeads is not 0)
        {
            GivenKey shared = _reading.KeyOf(language.Path, nameof(LanguageSizes.NumKeyValueHeads));
            Add($"{shared} is {sizes.NumKeyValueHeads} " +
                $"and must divide {KeyName.Of(nameof(LanguageSizes.NumAttentionHeads))}, which is {heads}");
        }

    }

    private void CheckCrossAttention()
    {
        GivenKey section = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.CrossAttention));
        GivenKey attention = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Attention));
        if (_recipe.Model is not { } model || !section.IsSound || !attention.IsSound)
            return;

        CrossAttentionSettings settings = model.CrossAttention;
        foreach (string property in (string[])[nameof(settings.Latents), nameof(settings.Depth)])
        {
            GivenKey ofResampler = _reading.KeyOf(section.Path, property);
            if (ofResampler.IsGiven && !settings.IsResampled)
                Add($"{ofResampler} is for a resampler only; remove it, or set " +
                    $"{_reading.KeyOf(section.Path, nameof(settings.Resampler)).Path} to perceiver");
        }

        if (!model.IsCrossAttended)
            return;
        GivenKey every = _reading.KeyOf(section.Path, nameof(settings.Every));
        if (model.Language?.Sizes?.NumHiddenLayers is { } layers && settings.Every > layers)
            Add($"{every} is {settings.Every}, and the decoder has {layers} layers, so that no layer would look at " +
                $"images: set it to {layers} or less");
        GivenKey projection = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Projection));
        if (settings.IsResampled && projection.IsSound && model.Projection != ProjectionKind.Baseline)
            Add($"{projection} is '{model.Projection.Name()}', and the resampler of {section.Path} takes its place: " +
                "remove one of them");
        GivenKey trainable = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Trainable));
        if (trainable.HasValue && trainable.IsSound && model.Start is null
            && !model.Trainable.Parts.Contains(TrainablePart.CrossAttention))
        {
            Add($"{trainable} leaves out cross_attention, whose layers start closed, so that no image would ever be " +
                $"seen: add it, or name a {KeyName.Path(nameof(Recipe.Model), nameof(ModelSettings.Start))} that has " +
                "them trained");
        }
    }

    private void CheckFrozen()
    {
        GivenKey frozen = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Frozen));
        GivenKey trainable = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Trainable));
        if (frozen.IsSound && trainable.IsSound && _recipe.Model is { Frozen: { } format } model
            && model.Trainable.Parts.Contains(TrainablePart.Language))
        {
            Add($"{frozen} is '{format.Name()}', and {trainable.Path} trains the decoder: a weight that learns needs "
                + "more bits; remove the first, or language from the second");
        }
    }

    private void CheckHeads(GivenKey part, string property, int width, int heads)
    {
        if (width % heads != 0)
            Add($"{_reading.KeyOf(part.Path, property)} is {heads} " +
                $"and must divide {KeyName.Of(nameof(VisionSizes.HiddenSize))}, which is {width}");
    }

    private void CheckBatch()
    {
        GivenKey batch = _reading.Key(nameof(Recipe.Training), nameof(TrainingSettings.Batch));
        GivenKey micro = _reading.Key(nameof(Recipe.Training), nameof(TrainingSettings.MicroBatch));
        if (_recipe.Training is not { } training || !batch.IsSound || !micro.IsSound)
            return;
        if (training.Batch % training.MicroBatch is not (null or 0))
            Add($"{micro} is {training.MicroBatch} and must divide {batch.Path}, which is {training.Batch}");

        GivenKey positions = _reading.Key(nameof(Recipe.Training), nameof(TrainingSettings.MicroBatchPositions));
        if (micro.HasValue && positions.HasValue)
        {
            Add($"{micro} and {positions} are two ways to cut an update: " +
                "give one of them, and leave the other out or set it to null");
        }
    }

    private void CheckObjective(VisionConfig? vision)
    {
        GivenKey objective = _reading.Key(nameof(Recipe.Training), nameof(TrainingSettings.Objective));
        GivenKey share = _reading.Key(nameof(Recipe.Training), nameof(TrainingSettings.HiddenShare));
        GivenKey block = _reading.Key(nameof(Recipe.Training), nameof(TrainingSettings.HiddenBlock));
        if (_recipe.Training is not { } training || !objective.IsSound)
            return;
        if (!training.LearnsImages)
        {
            string images = KeyName.OfChoice(typeof(LearningObjective), nameof(LearningObjective.Images));
            foreach (GivenKey key in new[] { share, block }.Where(key => key.HasValue))
                Add($"{key} is for {objective.Path} '{images}' only; remove it");
        }

        GivenKey trainable = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Trainable));
        if (_recipe.Model is not { } model || !trainable.IsSound)
            return;
        IReadOnlyList<TrainablePart> parts = model.Trainable.Parts;
        if (training.Objective == LearningObjective.Text && !parts.All(IsOfText))
        {
            Add($"{objective} is '{objective.Token}', which shows no images, so that the vision tower and the "
                + $"projection learn nothing: set {trainable.Path} to [embeddings, language]");
        }

        if (!training.LearnsImages)
            return;
        if (parts is not [TrainablePart.Vision])
        {
            Add($"{objective} is '{objective.Token}', which teaches the vision tower alone: "
                + $"set {trainable.Path} to [vision]");
        }

        GivenKey tower = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Vision));
        if (vision?.Queries is not null)
        {
            Add($"{objective} is '{objective.Token}', which is told by the tokens of patches, and {tower.Path} is "
                + "Qwen-VL's, which ends with others; take CLIP's");
        }
        else if (block.IsSound && training.HiddenBlock is { } side && vision?.PatchSize % side is not (null or 0))
            Add($"{block} is {side} and must divide the vision tower's patch of {vision!.PatchSize}");
    }

    private static bool IsOfText(TrainablePart part) => part is TrainablePart.Embeddings or TrainablePart.Language;

    private void CheckFeatures()
    {
        GivenKey features = _reading.Key(nameof(Recipe.Training), nameof(TrainingSettings.Features));
        GivenKey trainable = _reading.Key(nameof(Recipe.Model), nameof(ModelSettings.Trainable));
        if (features.HasValue && trainable.IsSound
            && _recipe.Model?.Trainable.Parts.Contains(TrainablePart.Vision) == true)
        {
            Add($"{features} keeps what a frozen vision tower makes, but {trainable.Path} has the tower learn; " +
                "remove one of the two");
        }

        GivenKey objective = _reading.Key(nameof(Recipe.Training), nameof(TrainingSettings.Objective));
        if (features.HasValue && objective.IsSound && _recipe.Training?.Objective == LearningObjective.Text)
            Add($"{features} is of images, and {objective.Path} '{objective.Token}' shows none; remove it");
    }

    private void Add(string problem) => _reading.Add(problem);
}
