using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Training;

/// <summary>How many positions go through the model at once.</summary>
internal static class PassSize
{
    /// <summary>Where the recipe leaves it to the program.</summary>
    private const int Auto = 2048;

    /// <summary>
    /// Evaluation keeps nothing for a backward pass, so its passes are its own.
    /// </summary>
    public static IMicroBatchCut EvaluationCut { get; } = new OrderedCut(Auto);

    /// <summary>How a recipe cuts an update.</summary>
    public static IMicroBatchCut CutOf(TrainingSettings settings) => settings.MicroBatch is { } samples
        ? new SampleCut(samples)
        : new EvenCut(settings.MicroBatchPositions.Count ?? Auto);
}
