namespace VisualChat.Gpu.Results;

/// <summary>How a step ended: a line that <c>run.sh</c> writes.</summary>
/// <param name="Step">Its name.</param>
/// <param name="Exit">
/// Its exit status; 124 and 137 where its time was up; null where it was not started.
/// </param>
/// <param name="Seconds">The time it took.</param>
/// <param name="Limit">The time it had, in seconds.</param>
internal sealed record StepEnd(string Step, int? Exit, double Seconds, double Limit)
{
    private const int TimedOut = 124, Killed = 137;

    /// <summary>In words.</summary>
    public string Outcome => Exit switch
    {
        0 => "done",
        1 => "failed: a limit was not met, or see log.txt",
        TimedOut or Killed => "stopped: its time was up",
        null => "not started",
        _ => $"failed with exit status {Exit}: see log.txt",
    };
}
