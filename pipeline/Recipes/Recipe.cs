namespace VisualChat.Pipeline.Recipes;

/// <summary>A recipe with every default filled in: what to blend, how to prepare it, what to train. data-schemas/recipe.schema.json is its definition.</summary>
public sealed record Recipe
{
    /// <summary>What the run is called.</summary>
    public required string Name { get; init; }

    /// <summary>The seed of every random choice.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>What is blended.</summary>
    public required DataSettings Data { get; init; }

    /// <summary>The SentencePiece model, resolved to a full path.</summary>
    public required string Tokenizer { get; init; }

    /// <summary><see cref="Tokenizer"/> as the recipe wrote it, relative to the recipe's folder; by default the full path.</summary>
    public string GivenTokenizer { get => field ?? Tokenizer; init; }

    /// <summary>The instruction template.</summary>
    public TemplateSettings Template { get; init; } = new();

    /// <summary>How images are stored.</summary>
    public ImageSettings Images { get; init; } = new();

    /// <summary>How shards are cut.</summary>
    public ShardSettings Shards { get; init; } = new();

    /// <summary>The model, for training; null in a recipe that only blends.</summary>
    public ModelSettings? Model { get; init; }

    /// <summary>The training, if the recipe has one.</summary>
    public TrainingSettings? Training { get; init; }
}
