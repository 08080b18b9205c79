namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// One line of JSON for every step, evaluation, checkpoint and note, for programs that read along:
/// what <c>--json</c> prints.
/// </summary>
internal sealed class JsonLines(TextWriter output) : ITrainingWatcher
{
    public void Observe(TrainingEvent happened)
    {
        if (happened is EvaluationProgress)
            return;
        output.Write(TrainingEventJson.Write(happened) + "\n");
        output.Flush();
    }

    public void Dispose()
    {
    }
}
