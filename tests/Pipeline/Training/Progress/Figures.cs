using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Tests.Training.Progress;

/// <summary>Figures of made-up runs.</summary>
internal static class Figures
{
    /// <summary>An update of a run of twenty, half a second long.</summary>
    public static StepFigures Step(int step, double loss = 1.5) => new()
    {
        Step = step,
        Steps = 20,
        Epoch = 1,
        Epochs = 2,
        Loss = loss,
        LearningRate = 0.001,
        GradientNorm = 0.25,
        Samples = 4,
        Images = 6,
        LabelTokens = 40,
        Positions = 400,
        Seconds = 0.5,
        WaitSeconds = 0.01,
    };

    public static EvaluationFigures Evaluation(int step, double loss = 2.5, bool isBest = true) =>
        new() { Step = step, Loss = loss, Labels = 1200, Samples = 30, IsBest = isBest };
}
