using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Comparing;

/// <summary>One training of a comparison: a variant with one of the seeds.</summary>
/// <param name="Variant">What it trains.</param>
/// <param name="Seed">Decides what starts from random weights, and the order of samples.</param>
/// <param name="Folder">Where it writes to.</param>
internal sealed record ComparedRun(Variant Variant, long Seed, RunFolder Folder)
{
    /// <summary>What messages call it.</summary>
    public string Name => $"{Variant.Label}, seed {Seed}";

    /// <summary>
    /// The variant's recipe with the seed. With the recipe's own it is the variant's recipe to the
    /// letter: what <c>train</c> with the same keys set would train.
    /// </summary>
    public Recipes.Recipe Recipe => Seed == Variant.Recipe.TrainingSeed
        ? Variant.Recipe
        : Variant.Recipe with { Training = Variant.Recipe.Training! with { Seed = Seed } };
}
