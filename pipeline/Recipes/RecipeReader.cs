using System.Text;
using System.Text.Json;
using Newtonsoft.Json.Linq;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// Reads recipes: YAML 1.2, overridden by <c>--set</c>, checked against data-schemas/recipe.schema.json and across keys, every default
/// filled in. A recipe with problems gives one <see cref="InputException"/> that lists them all.
/// </summary>
public static class RecipeReader
{
    /// <summary>A recipe is some kilobytes; a larger file is a mistake, not read into memory.</summary>
    private const int MaxRecipeBytes = 1 << 20;

    /// <summary>Reads a recipe's file.</summary>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Keys set over the file's: <c>training.batch=32</c>, <c>data.sources.llava.samples=10</c>.</param>
    /// <exception cref="InputException">The file cannot be read, or the recipe is wrong: every problem.</exception>
    public static Recipe Read(string path, IReadOnlyList<string> overrides) => Read(path, overrides, SourceNames.All);

    /// <inheritdoc cref="Read(string, IReadOnlyList{string})"/>
    /// <param name="path">The YAML file.</param>
    /// <param name="overrides">Keys set over the file's.</param>
    /// <param name="knownSources">Names of datasets that need no format.</param>
    public static Recipe Read(string path, IReadOnlyList<string> overrides, IReadOnlyCollection<string> knownSources)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string fullPath = Path.GetFullPath(path);
        return Parse(ReadText(path, fullPath), Path.GetDirectoryName(fullPath)!, overrides, knownSources);
    }

    /// <summary>Reads a recipe from its text.</summary>
    /// <param name="yaml">The recipe.</param>
    /// <param name="recipeFolder">What its relative tokenizer and model paths are relative to.</param>
    /// <param name="overrides">Keys set over the text's.</param>
    /// <exception cref="InputException">The recipe is wrong: every problem.</exception>
    public static Recipe Parse(string yaml, string recipeFolder, IReadOnlyList<string> overrides) =>
        Parse(yaml, recipeFolder, overrides, SourceNames.All);

    /// <inheritdoc cref="Parse(string, string, IReadOnlyList{string})"/>
    /// <param name="yaml">The recipe.</param>
    /// <param name="recipeFolder">What its relative tokenizer and model paths are relative to.</param>
    /// <param name="overrides">Keys set over the text's.</param>
    /// <param name="knownSources">Names of datasets that need no format.</param>
    public static Recipe Parse(string yaml, string recipeFolder, IReadOnlyList<string> overrides, IReadOnlyCollection<string> knownSources)
    {
        // Neither needs the other, and each first use takes tens of milliseconds.
        Task<RecipeSchema> schema = Task.Run(() => RecipeSchema.Instance);
        var problems = new List<string>();
        JToken? tree = YamlTree.Read(yaml, null, problems);
        if (tree is not JObject root)
            throw new InputException(tree is null ? "the recipe is empty" : $"the recipe must be a map of keys ({KeyPath.OriginOf(tree)})");

        foreach (string setting in overrides)
            RecipeOverrides.Apply(root, setting, problems);
        IReadOnlyCollection<string> refused = schema.GetAwaiter().GetResult().Check(root, problems);
        RecipeChecks.Check(root, recipeFolder, knownSources, refused, problems);
        return problems.Count == 0 ? Build(root, recipeFolder) : throw new InputException(problems);
    }

    private static string ReadText(string path, string fullPath)
    {
        if (Directory.Exists(fullPath))
            throw new InputException($"'{path}' is a folder; name the recipe's YAML file in it");
        if (!File.Exists(fullPath))
            throw new InputException($"there is no recipe '{path}' (looked for {fullPath})");
        try
        {
            if (new FileInfo(fullPath).Length > MaxRecipeBytes)
                throw new InputException($"'{path}' is larger than {MaxRecipeBytes} bytes: not a recipe");
            using var reader = new StreamReader(fullPath, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException exception)
        {
            throw new InputException($"'{path}' is not UTF-8 text: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the recipe '{path}' cannot be read: {exception.Message}");
        }
    }

    private static Recipe Build(JObject root, string recipeFolder)
    {
        ModelSettings? model = root["model"] is JObject given ? BuildModel(given, recipeFolder) : null;
        var defaults = new Recipe { Name = "", Tokenizer = "", Data = new() { Sources = [] } };
        string tokenizer = (string)root["tokenizer"]!;
        return new Recipe
        {
            Name = (string)root["name"]!,
            Seed = Integer(root, "seed") ?? defaults.Seed,
            Data = BuildData((JObject)root["data"]!),
            Tokenizer = Path.GetFullPath(tokenizer, recipeFolder),
            GivenTokenizer = tokenizer,
            Template = root["template"]?["system"] is JToken system ? new() { System = (string)system! } : new(),
            Images = BuildImages(root["images"], model),
            Shards = Integer(root["shards"], "target_mb") is long target ? new() { TargetMb = (int)target } : new(),
            Model = model,
            Training = root["training"] is JObject training ? BuildTraining(training) : null,
        };
    }

    private static DataSettings BuildData(JObject data)
    {
        var defaults = new DataSettings { Sources = [] };
        JToken? world = data["sample_world"];
        var worldDefaults = new SampleWorldSettings();
        JToken? validation = data["validation"];
        return new DataSettings
        {
            Sources = [.. data["sources"]!.Cast<JObject>().Select(BuildSource)],
            MaxImages = (int?)Integer(data, "max_images") ?? defaults.MaxImages,
            MaxSequenceTokens = (int?)Integer(data, "max_sequence_tokens") ?? defaults.MaxSequenceTokens,
            MaxTurnTokens = (int?)Integer(data, "max_turn_tokens"),
            Validation = new ValidationSettings
            {
                Fraction = Number(validation, "fraction") ?? defaults.Validation.Fraction,
                By = Choice<SplitBy>(validation, "by") ?? defaults.Validation.By,
            },
            MissingImages = Choice<MissingImages>(data, "missing_images") ?? defaults.MissingImages,
            SampleWorld = world is null ? null : new SampleWorldSettings
            {
                Samples = (int?)Integer(world, "samples") ?? worldDefaults.Samples,
                Objects = (int?)Integer(world, "objects") ?? worldDefaults.Objects,
                Descriptions = Number(world, "descriptions") ?? worldDefaults.Descriptions,
                Brief = Number(world, "brief") ?? worldDefaults.Brief,
                Seed = Integer(world, "seed") ?? worldDefaults.Seed,
            },
        };
    }

    private static SourceSettings BuildSource(JObject source)
    {
        var defaults = new SourceSettings { Name = "" };
        return new SourceSettings
        {
            Name = (string)source["name"]!,
            Format = (string?)source["format"],
            Annotations = source["annotations"] is JArray files ? [.. files.Select(file => (string)file!)] : defaults.Annotations,
            Images = (string?)source["images"],
            Samples = (int?)Integer(source, "samples"),
            Concatenate = (int?)Integer(source, "concatenate") ?? defaults.Concatenate,
            FollowUp = (bool?)source["follow_up"] ?? defaults.FollowUp,
        };
    }

    private static ImageSettings BuildImages(JToken? images, ModelSettings? model)
    {
        var defaults = new ImageSettings();
        int size = (int?)Integer(images, "size") ?? defaults.Size;
        int? patch = model?.VisionSizes is { } sizes ? (int)sizes["patch_size"]
            : model?.Vision is string folder ? VisionConfig.TryRead(folder)?.PatchSize
            : null;
        return new ImageSettings
        {
            Store = Choice<ImageStore>(images, "store") ?? defaults.Store,
            Size = size,
            Encoding = Choice<ImageEncoding>(images, "encoding") ?? defaults.Encoding,
            Tokens = (int?)Integer(images, "tokens") ?? ImageSettings.TokensOf(size, patch ?? ImageSettings.DefaultPatch),
        };
    }

    private static ModelSettings BuildModel(JObject model, string recipeFolder)
    {
        var defaults = new ModelSettings();
        (string? vision, string? language) = (model["vision"] as JValue is { } path ? (string?)path : null, model["language"] as JValue is { } other ? (string?)other : null);
        return new ModelSettings
        {
            Vision = vision is null ? null : Path.GetFullPath(vision, recipeFolder),
            GivenVision = vision,
            VisionSizes = SizesOf(model["vision"], ("layer_norm_eps", _ => 1e-5)),
            Language = language is null ? null : Path.GetFullPath(language, recipeFolder),
            GivenLanguage = language,
            LanguageSizes = SizesOf(
                model["language"],
                ("num_key_value_heads", sizes => sizes["num_attention_heads"]),
                ("rms_norm_eps", _ => 1e-5),
                ("rope_theta", _ => 10_000)),
            Start = (string?)model["start"] is { } start ? Path.GetFullPath(start, recipeFolder) : null,
            GivenStart = (string?)model["start"],
            Projection = (string?)model["projection"] ?? defaults.Projection,
            Attention = (string?)model["attention"] ?? defaults.Attention,
            Trainable = model["trainable"] switch
            {
                JArray parts => [.. parts.Select(part => (string)part!)],
                JValue all => [(string)all!],
                _ => defaults.Trainable,
            },
            Dtype = (string?)model["dtype"] ?? defaults.Dtype,
        };
    }

    private static SortedDictionary<string, double>? SizesOf(
        JToken? sizes,
        params ReadOnlySpan<(string Key, Func<SortedDictionary<string, double>, double> Value)> defaults)
    {
        if (sizes is not JObject map)
            return null;
        var values = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (JProperty size in map.Properties())
            values.Add(size.Name, (double)size.Value);
        foreach ((string key, Func<SortedDictionary<string, double>, double> value) in defaults)
            values.TryAdd(key, value(values));
        return values;
    }

    private static TrainingSettings BuildTraining(JObject training)
    {
        var defaults = new TrainingSettings();
        return new TrainingSettings
        {
            Epochs = (int?)Integer(training, "epochs") ?? defaults.Epochs,
            Batch = (int?)Integer(training, "batch") ?? defaults.Batch,
            MicroBatch = (int?)Integer(training, "micro_batch") ?? defaults.MicroBatch,
            Optimizer = (string?)training["optimizer"] ?? defaults.Optimizer,
            LearningRate = Number(training, "learning_rate") ?? defaults.LearningRate,
            EmbeddingLearningRate = Number(training, "embedding_learning_rate"),
            VisionLearningRate = Number(training, "vision_learning_rate"),
            VisionFrozen = Number(training, "vision_frozen") ?? defaults.VisionFrozen,
            Schedule = (string?)training["schedule"] ?? defaults.Schedule,
            Warmup = Number(training, "warmup") ?? defaults.Warmup,
            WeightDecay = Number(training, "weight_decay") ?? defaults.WeightDecay,
            Clip = Number(training, "clip") ?? defaults.Clip,
            GradientCheckpointing = (bool?)training["gradient_checkpointing"] ?? defaults.GradientCheckpointing,
            EvaluateEvery = (string?)training["evaluate_every"] ?? defaults.EvaluateEvery,
            CheckpointEvery = (int?)Integer(training, "checkpoint_every") ?? defaults.CheckpointEvery,
            KeepCheckpoints = (int?)Integer(training, "keep_checkpoints") ?? defaults.KeepCheckpoints,
        };
    }

    private static long? Integer(JToken? map, string key) => map?[key] is JValue { Type: JTokenType.Integer } value ? (long)value : null;

    private static double? Number(JToken? map, string key) => map?[key] is JToken value ? (double?)value : null;

    private static T? Choice<T>(JToken? map, string key) where T : struct, Enum =>
        (string?)map?[key] is string name ? Enum.GetValues<T>().First(value => NameOf(value) == name) : null;

    /// <summary>A choice as recipes write it: <c>drop-image</c>.</summary>
    internal static string NameOf<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
