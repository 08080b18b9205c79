using System.Text.Json.Serialization;
using VisualChat.Model.Files;
using VisualChat.Model.Training;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// <c>state.json</c>: where a training stands, which is all that resuming needs besides the
/// tensors.
/// </summary>
internal sealed record TrainingState
{
    /// <summary>The version of a checkpoint's layout that this program writes.</summary>
    public const int CurrentFormatVersion = 1;

    public int FormatVersion { get; init; } = CurrentFormatVersion;

    /// <summary>Updates done, skipped ones included.</summary>
    public required int Step { get; init; }

    /// <summary>The next sample.</summary>
    public required LoaderPosition Position { get; init; }

    /// <summary>The optimizer's counters; null only before the first checkpoint.</summary>
    public TrainerState? Trainer { get; init; }

    /// <summary>Updates skipped because the loss or the gradient was not finite.</summary>
    public int Skipped { get; init; }

    /// <summary>How many of them were the latest in a row.</summary>
    public int SkippedInARow { get; init; }

    /// <summary>The lowest evaluation loss so far; null before the first.</summary>
    public double? BestLoss { get; init; }

    /// <summary>The step it was measured at.</summary>
    public int? BestStep { get; init; }

    /// <summary>The blend trained on: <see cref="Shards.Manifest.PlanFingerprint"/>.</summary>
    public required string PlanFingerprint { get; init; }

    /// <summary>The checkpoint's other files.</summary>
    public required IReadOnlyDictionary<string, FileChecksum> Files { get; init; }

    /// <summary>
    /// The files that the model is built on, by <see cref="TowerFiles"/>'s names; null in a
    /// checkpoint of an earlier version.
    /// </summary>
    public IReadOnlyDictionary<string, FileChecksum>? Towers { get; init; }

    /// <summary>What the program chose in the recipe's place; null: nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ChosenPass? Chosen { get; init; }

    /// <summary>What was trained.</summary>
    /// <param name="checkpoint">The folder of this state.</param>
    public TrainingBasis BasisIn(string checkpoint) => new()
    {
        PlanFingerprint = PlanFingerprint,
        Recipe = UserFile.ReadAllText(Path.Combine(checkpoint, "recipe.yaml"), FileLimits.Recipe),
        Towers = Towers,
    };

    /// <summary>A training that has not begun.</summary>
    public static TrainingState Start(string planFingerprint) => new()
    {
        Step = 0,
        Position = LoaderPosition.Start,
        PlanFingerprint = planFingerprint,
        Files = new Dictionary<string, FileChecksum>(),
    };
}
