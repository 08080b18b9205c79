using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes;

/// <summary>What a schema cannot say: rules between keys. A rule is skipped where the schema has already refused one of its keys.</summary>
internal sealed class RecipeChecks
{
    private static readonly DataSettings Data = new() { Sources = [] };
    private static readonly ImageSettings Images = new();
    private static readonly TrainingSettings Training = new();

    private readonly JObject _root;
    private readonly IReadOnlyCollection<string> _refused;
    private readonly List<string> _problems;

    private RecipeChecks(JObject root, IReadOnlyCollection<string> refused, List<string> problems)
    {
        _root = root;
        _refused = refused;
        _problems = problems;
    }

    /// <summary>Checks a recipe's tree.</summary>
    /// <param name="root">The recipe.</param>
    /// <param name="recipeFolder">What relative model paths are relative to.</param>
    /// <param name="knownSources">Names of datasets that need no format.</param>
    /// <param name="refused">Paths of keys the schema refused.</param>
    /// <param name="problems">Receives each problem.</param>
    public static void Check(
        JObject root,
        string recipeFolder,
        IReadOnlyCollection<string> knownSources,
        IReadOnlyCollection<string> refused,
        List<string> problems)
    {
        var checks = new RecipeChecks(root, refused, problems);
        checks.CheckSources(knownSources);
        checks.CheckVision(recipeFolder);
        checks.CheckLanguage();
        checks.CheckBatch();
    }

    private void CheckSources(IReadOnlyCollection<string> knownSources)
    {
        if (_root["data"] is not JObject { } data || data["sources"] is not JArray sources)
            return;

        var first = new Dictionary<string, JToken>(StringComparer.Ordinal);
        foreach (JObject source in sources.OfType<JObject>())
        {
            string path = KeyPath.Of(source);
            CheckConcatenation(path);
            if (!IsSound($"{path}.name") || (string?)source["name"] is not string name)
                continue;

            JToken at = source["name"]!;
            if (!first.TryAdd(name, at))
                Add($"the source '{name}' is there twice ({KeyPath.OriginOf(first[name])}, {KeyPath.OriginOf(at)}); keep one, or give each its own name and format");
            CheckFormat(source, path, name, knownSources);
        }
    }

    private void CheckFormat(JObject source, string path, string name, IReadOnlyCollection<string> knownSources)
    {
        JToken at = source["name"]!;
        bool hasFormat = source.ContainsKey("format");
        if (hasFormat && IsSound($"{path}.annotations") && source["annotations"] is not JArray { Count: > 0 })
            Add($"'{path}.annotations' is missing ({KeyPath.OriginOf(source["format"]!)}): a source with a format names its annotation files");
        if (!hasFormat && !knownSources.Contains(name))
        {
            string hint = Spelling.Nearest(name, knownSources) is string nearest
                ? $"did you mean '{nearest}'? Your own data needs a 'format'"
                : $"give your own data a 'format', or use one of {string.Join(", ", knownSources)}";
            Add($"unknown source '{name}' ('{path}.name', {KeyPath.OriginOf(at)}); {hint}");
        }

        bool isBlend = name == SourceNames.LlavaOtterBlend && !hasFormat;
        if (!isBlend && source["follow_up"] is JToken followUp)
            Add($"'{path}.follow_up' ({KeyPath.OriginOf(followUp)}) is for {SourceNames.LlavaOtterBlend} only; remove it from '{name}'");
        foreach (string key in isBlend ? new[] { "annotations", "images" } : [])
        {
            if (source[key] is JToken file and not JValue { Type: JTokenType.Null } and not JArray { Count: 0 })
                Add($"'{path}.{key}' ({KeyPath.OriginOf(file)}): {name} joins llava, llava_dial and otter_mimicit_cgd and has no files of its own; remove it");
        }
    }

    private void CheckConcatenation(string path)
    {
        long? most = Integer("data.max_images", Data.MaxImages);
        if (Integer($"{path}.concatenate", 1) is long group && most is long images && group > images)
            Add($"'{path}.concatenate' ({Origin($"{path}.concatenate")}) is {group}, more than data.max_images, which is {images}: every conversation joined shows an image");
    }

    private void CheckVision(string recipeFolder)
    {
        if (!IsSound("images.size") || !IsSound("images.tokens") || !IsSound("model.vision"))
            return;

        long size = Integer("images.size", Images.Size)!.Value;
        JToken? vision = At("model.vision");
        VisionConfig? config = vision switch
        {
            JObject sizes => new VisionConfig((int)(long)sizes["patch_size"]!, null),
            JValue { Value: string folder } => VisionConfig.TryRead(Path.GetFullPath(folder, recipeFolder)),
            _ => null,
        };
        if (config?.ImageSize is int taken && taken != size)
            Add($"'images.size' ({Origin("images.size")}) is {size}, but the model in '{vision}' takes images of {taken}");

        long patch = config?.PatchSize ?? ImageSettings.DefaultPatch;
        long made = ImageSettings.TokensOf((int)size, (int)patch);
        long tokens = Integer("images.tokens", made)!.Value;
        if (At("images.tokens") is null or { Type: JTokenType.Null } && size % patch != 0)
            Add($"'images.size' ({Origin("images.size")}) is {size}, not a multiple of the vision model's patch of {patch}; change it or give images.tokens");
        else if (config != null && tokens != made)
            Add($"'images.tokens' ({Origin("images.tokens")}) is {tokens}, but model.vision makes {made} of an image of {size} with patches of {patch}");
        if (Integer("data.max_sequence_tokens", Data.MaxSequenceTokens) is long most && most <= tokens)
            Add($"'data.max_sequence_tokens' ({Origin("data.max_sequence_tokens")}) is {most}, but one image alone takes {tokens}");
        CheckHeads("model.vision", vision as JObject);
    }

    private void CheckLanguage()
    {
        if (!IsSound("model.language") || At("model.language") is not JObject sizes)
            return;

        CheckHeads("model.language", sizes);
        (long width, long heads) = ((long)sizes["hidden_size"]!, (long)sizes["num_attention_heads"]!);
        if (width % heads == 0 && width / heads % 2 != 0)
            Add($"'model.language' ({KeyPath.OriginOf(sizes)}) gives each head {width / heads} dimensions; rotary positions need an even number");
        if ((long?)sizes["num_key_value_heads"] is long shared && heads % shared != 0)
            Add($"'model.language.num_key_value_heads' ({KeyPath.OriginOf(sizes["num_key_value_heads"]!)}) is {shared} and must divide num_attention_heads, which is {heads}");
    }

    private void CheckHeads(string path, JObject? sizes)
    {
        if (sizes != null && (long)sizes["hidden_size"]! % (long)sizes["num_attention_heads"]! != 0)
            Add($"'{path}.num_attention_heads' ({KeyPath.OriginOf(sizes["num_attention_heads"]!)}) is {sizes["num_attention_heads"]} and must divide hidden_size, which is {sizes["hidden_size"]}");
    }

    private void CheckBatch()
    {
        if (Integer("training.batch", Training.Batch) is long batch && Integer("training.micro_batch", Training.MicroBatch) is long micro && batch % micro != 0)
            Add($"'training.micro_batch' ({Origin("training.micro_batch")}) is {micro} and must divide training.batch, which is {batch}");
    }

    private void Add(string problem) => _problems.Add(problem);

    /// <summary>Whether the schema refused nothing at, above or below a path.</summary>
    private bool IsSound(string path) =>
        !_refused.Any(refused => refused.Length == 0 || refused == path || path.StartsWith(refused + '.', StringComparison.Ordinal) || refused.StartsWith(path + '.', StringComparison.Ordinal));

    private JToken? At(string path) =>
        path.Split('.').Aggregate((JToken?)_root, (at, key) => at switch
        {
            JObject map => map[key],
            JArray list => list[int.Parse(key)],
            _ => null,
        });

    /// <summary>The number at a path, or what it is when left out; null when the schema refused it.</summary>
    private long? Integer(string path, long otherwise) =>
        !IsSound(path) ? null : At(path) is JValue { Type: JTokenType.Integer } value ? (long)value : otherwise;

    /// <summary>Where a key was written; for one left out, that.</summary>
    private string Origin(string path) => At(path) is JToken token ? KeyPath.OriginOf(token) : "by default";
}
