using VisualChat.Model;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training;

/// <summary>What decides the weights that a training ends with, as it is written down.</summary>
internal sealed record TrainingBasis
{
    /// <summary>The blend trained on: <see cref="Shards.Manifest.PlanFingerprint"/>.</summary>
    public required string PlanFingerprint { get; init; }

    /// <summary>The resolved recipe's text.</summary>
    public required string Recipe { get; init; }

    /// <summary>
    /// The files that the model is built on, by <see cref="TowerFiles"/>'s names; null where an
    /// earlier version did not record them.
    /// </summary>
    public required IReadOnlyDictionary<string, FileChecksum>? Towers { get; init; }

    /// <summary>What a training would have now.</summary>
    /// <param name="job">The training.</param>
    /// <param name="description">Its model.</param>
    public static TrainingBasis Of(TrainingJob job, ModelDescription description) => new()
    {
        PlanFingerprint = job.Shards.Manifest.PlanFingerprint,
        Recipe = job.Recipe.ToYaml(),
        Towers = TowerFiles.Of(description, job.Hashes),
    };

    /// <summary>Everything in which a training was another; empty if it was the same.</summary>
    /// <param name="trained">What it had.</param>
    /// <param name="recipe">The recipe now.</param>
    /// <param name="description">The model now.</param>
    public IReadOnlyList<string> DifferencesFrom(TrainingBasis trained, Recipe recipe, ModelDescription description)
    {
        var problems = new List<string>();
        if (trained.PlanFingerprint != PlanFingerprint)
            problems.Add("the shards are of another blend");
        problems.AddRange(recipe.DifferencesFrom(trained.Recipe, Outcome.Training)
            .Where(key => trained.Towers is null || !TowerFiles.IsFolder(key))
            .Select(key => key.Changed));
        if (trained.Towers is { } towers)
            problems.AddRange(TowerFiles.Differences(towers, Towers!, description).Select(file => file.Problem));
        return problems;
    }
}
