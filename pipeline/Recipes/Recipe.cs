using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>
/// A recipe with every default filled in: what to blend, how to prepare it, what to train. This
/// record and those in it are the definition of the recipe's keys: a property's name is the key's,
/// its initial value the default, its attributes the meaning, the range and what the key decides.
/// </summary>
internal sealed record Recipe
{
    [Meaning("What the run is called.")]
    [Range(From = 1), Allowed("text that is not empty")]
    public required string Name { get; init; }

    [Meaning("The seed of every random choice.")]
    [Fingerprint(1), Decides(Outcome.Training)]
    public long Seed { get; init; } = 1234;

    [Meaning("What is blended, and within which limits.")]
    public required DataSettings Data { get; init; }

    [Meaning("The SentencePiece model, or a folder with its tokenizer.model, relative to the recipe's folder.")]
    [Allowed("the path of a SentencePiece model")]
    [Fingerprint(2)]
    public required RecipePath Tokenizer { get; init; }

    [Meaning("The instruction template.")]
    public TemplateSettings Template { get; init; } = new();

    [Meaning("How images are stored.")]
    public ImageSettings Images { get; init; } = new();

    [Meaning("How shards are cut.")]
    public ShardSettings Shards { get; init; } = new();

    /// <summary>Null in a recipe that only blends.</summary>
    [Meaning("The model, for training.")]
    [Decides(Outcome.Training)]
    public ModelSettings? Model { get; init; }

    /// <summary>Null in a recipe that only blends.</summary>
    [Meaning("The training.")]
    [Decides(Outcome.Training)]
    public TrainingSettings? Training { get; init; }

    /// <summary>The seed of the training: its own, or the recipe's.</summary>
    public long TrainingSeed => Training?.Seed ?? Seed;

    /// <summary>
    /// The recipe as YAML with every default filled in: what a run did, in the recipe's own terms.
    /// Paths are written as the recipe gave them, so the text does not depend on the machine, and
    /// reading it in the same folder gives an equal recipe.
    /// </summary>
    public string ToYaml() => Yaml.YamlText.Of(RecipeTree.Of(this));

    /// <summary>The keys whose values differ from those of a resolved recipe.</summary>
    /// <param name="resolved">What <see cref="ToYaml"/> of the other recipe gave.</param>
    /// <param name="outcome">Which keys are compared: those that decide this.</param>
    public IReadOnlyList<KeyDifference> DifferencesFrom(string resolved, Outcome outcome) =>
        RecipeTree.Differences(RecipeTree.Of(resolved), RecipeTree.Of(ToYaml()), outcome);

    /// <summary>The paths and values of the keys that decide something.</summary>
    public IReadOnlyDictionary<string, string> ValuesThatDecide(Outcome outcome) =>
        RecipeTree.ValuesThatDecide(RecipeTree.Of(this), outcome);
}
