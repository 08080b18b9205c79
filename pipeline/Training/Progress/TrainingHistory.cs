using System.Text.Json;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>What a run's log holds.</summary>
/// <param name="Steps">Its updates, in order.</param>
/// <param name="Evaluations">Its evaluations, in order.</param>
internal sealed record TrainingHistory(
    IReadOnlyList<StepFigures> Steps, IReadOnlyList<EvaluationFigures> Evaluations)
{
    /// <summary>The history of a run that has not begun.</summary>
    public static TrainingHistory Empty { get; } = new([], []);

    /// <summary>
    /// Reads <c>training.jsonl</c>; a missing file is an empty history. A last line that a killed
    /// process left unfinished is ignored.
    /// </summary>
    /// <exception cref="WorkException">A line is damaged.</exception>
    public static TrainingHistory Read(string path)
    {
        var steps = new List<StepFigures>();
        var evaluations = new List<EvaluationFigures>();
        string[] lines = File.Exists(path)
            ? UserFile.ReadAllText(path, FileLimits.TrainingLog).Split('\n')
            : [];

        // What follows the last line end is empty or unfinished.
        for (int line = 0; line < lines.Length - 1; line++)
        {
            try
            {
                switch (TrainingEventJson.Read(lines[line]))
                {
                    case StepFigures step:
                        steps.Add(step);
                        break;
                    case EvaluationFigures evaluation:
                        evaluations.Add(evaluation);
                        break;
                }
            }
            catch (Exception exception) when (exception is JsonException or NotSupportedException)
            {
                throw new WorkException(
                    $"Line {line + 1} of '{path}' is damaged: {exception.Message} "
                    + "Remove the line, or the file to continue without the curves so far.",
                    exception);
            }
        }

        return new TrainingHistory(steps, evaluations);
    }
}
