using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Training;

/// <summary>How many positions go through the model at once.</summary>
internal static class PassSize
{
    /// <summary>Where the recipe leaves it to the program.</summary>
    private const int Auto = 2048;

    private const string Recompute = "training.gradient_checkpointing to true";

    /// <summary>
    /// Evaluation keeps nothing for a backward pass, so its passes are its own.
    /// </summary>
    public static IMicroBatchCut EvaluationCut { get; } = new OrderedCut(Auto);

    /// <summary>What to change in a recipe whose training takes too much memory.</summary>
    public static string LessMemory(TrainingSettings settings)
    {
        string smaller = settings.MicroBatch is { } samples
            ? $"training.micro_batch lower than {samples}"
            : $"training.micro_batch_positions lower than {settings.MicroBatchPositions.Count ?? Auto}";
        string[] changes =
        [
            .. settings.MicroBatch == 1 ? Array.Empty<string>() : [smaller],
            .. settings.GradientCheckpointing.Truth is true ? Array.Empty<string>() : [Recompute],
        ];
        return changes.Length == 0
            ? "Free memory, or blend shorter samples (data.max_sequence_tokens)."
            : $"Set {string.Join(", or ", changes)}.";
    }

    /// <summary>How a recipe cuts an update.</summary>
    public static IMicroBatchCut CutOf(TrainingSettings settings) => settings.MicroBatch is { } samples
        ? new SampleCut(samples)
        : new EvenCut(settings.MicroBatchPositions.Count ?? Auto);
}
