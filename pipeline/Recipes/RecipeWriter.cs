using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// Writes a recipe as YAML with every default filled in: what a run did, in the recipe's own terms. Paths are written as the recipe
/// gave them, so the text does not depend on the machine, and reading it in the same folder gives an equal recipe.
/// </summary>
public static partial class RecipeWriter
{
    /// <summary>The recipe as YAML.</summary>
    public static string Write(Recipe recipe)
    {
        var yaml = new StringBuilder();
        WriteMap(yaml, ToTree(recipe), 0);
        return yaml.ToString();
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_./-]*$")]
    private static partial Regex PlainText { get; }

    private static JObject ToTree(Recipe recipe)
    {
        var root = new JObject
        {
            ["name"] = recipe.Name,
            ["seed"] = recipe.Seed,
            ["data"] = ToTree(recipe.Data),
            ["tokenizer"] = recipe.GivenTokenizer,
            ["template"] = new JObject { ["system"] = recipe.Template.System },
            ["images"] = new JObject
            {
                ["store"] = RecipeReader.NameOf(recipe.Images.Store),
                ["size"] = recipe.Images.Size,
                ["encoding"] = RecipeReader.NameOf(recipe.Images.Encoding),
                ["tokens"] = recipe.Images.VisualTokens,
            },
            ["shards"] = new JObject { ["target_mb"] = recipe.Shards.TargetMb },
        };
        if (recipe.Model is ModelSettings model)
            root["model"] = ToTree(model);
        if (recipe.Training is TrainingSettings training)
            root["training"] = ToTree(training);
        return root;
    }

    private static JObject ToTree(DataSettings data)
    {
        var tree = new JObject
        {
            ["sources"] = new JArray(data.Sources.Select(ToTree)),
            ["max_images"] = data.MaxImages,
            ["max_sequence_tokens"] = data.MaxSequenceTokens,
            ["max_turn_tokens"] = data.MaxTurnTokens,
            ["validation"] = new JObject { ["fraction"] = data.Validation.Fraction, ["by"] = RecipeReader.NameOf(data.Validation.By) },
            ["missing_images"] = RecipeReader.NameOf(data.MissingImages),
        };
        if (data.SampleWorld is SampleWorldSettings world)
            tree["sample_world"] = new JObject { ["samples"] = world.Samples, ["objects"] = world.Objects, ["descriptions"] = world.Descriptions, ["brief"] = world.Brief, ["seed"] = world.Seed };
        return tree;
    }

    private static JObject ToTree(SourceSettings source)
    {
        var tree = new JObject { ["name"] = source.Name };
        if (source.Format is string format)
            tree["format"] = format;
        tree["annotations"] = new JArray(source.Annotations);
        tree["images"] = source.Images;
        tree["samples"] = source.Samples is int samples ? samples : "all";
        tree["concatenate"] = source.Concatenate;
        if (source.IsLlavaOtterBlend)
            tree["follow_up"] = source.FollowUp;
        return tree;
    }

    private static JObject ToTree(ModelSettings model) => new()
    {
        ["vision"] = model.VisionSizes is { } vision ? ToTree(vision) : model.GivenVision,
        ["language"] = model.LanguageSizes is { } language ? ToTree(language) : model.GivenLanguage,
        ["start"] = model.GivenStart,
        ["projection"] = model.Projection,
        ["attention"] = model.Attention,
        ["trainable"] = model.Trainable is ["all"] ? "all" : new JArray(model.Trainable),
        ["dtype"] = model.Dtype,
    };

    private static JObject ToTree(IReadOnlyDictionary<string, double> sizes) =>
        new(sizes.Select(size => new JProperty(size.Key, double.IsInteger(size.Value) ? (long)size.Value : size.Value)));

    private static JObject ToTree(TrainingSettings training) => new()
    {
        ["epochs"] = training.Epochs,
        ["batch"] = training.Batch,
        ["micro_batch"] = training.MicroBatch,
        ["optimizer"] = training.Optimizer,
        ["learning_rate"] = training.LearningRate,
        ["embedding_learning_rate"] = training.EmbeddingLearningRate,
        ["vision_learning_rate"] = training.VisionLearningRate,
        ["vision_frozen"] = training.VisionFrozen,
        ["schedule"] = training.Schedule,
        ["warmup"] = training.Warmup,
        ["weight_decay"] = training.WeightDecay,
        ["clip"] = training.Clip,
        ["gradient_checkpointing"] = training.GradientCheckpointing,
        ["evaluate_every"] = int.TryParse(training.EvaluateEvery, CultureInfo.InvariantCulture, out int updates) ? updates : training.EvaluateEvery,
        ["checkpoint_every"] = training.CheckpointEvery,
        ["keep_checkpoints"] = training.KeepCheckpoints,
    };

    private static void WriteMap(StringBuilder yaml, JObject map, int indent)
    {
        foreach (JProperty property in map.Properties())
        {
            yaml.Append(' ', indent).Append(property.Name).Append(':');
            switch (property.Value)
            {
                case JObject inner when inner.Count > 0:
                    yaml.Append('\n');
                    WriteMap(yaml, inner, indent + 2);
                    break;
                case JArray list when list.Any(item => item is JObject):
                    yaml.Append('\n');
                    foreach (JObject item in list.Cast<JObject>())
                    {
                        yaml.Append(' ', indent + 2).Append("- {");
                        yaml.AppendJoin(", ", item.Properties().Select(entry => $"{entry.Name}: {Flow(entry.Value)}")).Append("}\n");
                    }

                    break;
                default:
                    yaml.Append(' ').Append(Flow(property.Value)).Append('\n');
                    break;
            }
        }
    }

    private static string Flow(JToken value) => value switch
    {
        JArray list => $"[{string.Join(", ", list.Select(Flow))}]",
        JValue { Value: string text } => PlainText.IsMatch(text) && YamlTree.Resolve(text).Type == JTokenType.String ? text : Quote(text),
        JValue { Value: double real } => real.ToString("R", CultureInfo.InvariantCulture),
        JValue { Value: bool truth } => truth ? "true" : "false",
        JValue { Value: null } => "null",
        JValue other => Convert.ToString(other.Value, CultureInfo.InvariantCulture)!,
        _ => "{}",
    };

    /// <summary>A double-quoted scalar (YAML 1.2.2, section 7.3.1) on one line: everything that is no printable character is escaped.</summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char letter in text)
        {
            quoted = letter switch
            {
                '"' or '\\' => quoted.Append('\\').Append(letter),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                < ' ' or (>= '\x7F' and <= '\xA0') or '\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF' =>
                    quoted.Append("\\u").Append(((int)letter).ToString("X4", CultureInfo.InvariantCulture)),
                _ => quoted.Append(letter),
            };
        }

        return quoted.Append('"').ToString();
    }
}
