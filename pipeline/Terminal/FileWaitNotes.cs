namespace VisualChat.Pipeline.Terminal;

/// <summary>
/// Says which file the program waits for when its storage does not answer (a network mount whose
/// server is gone), and ends the program when it is told to stop meanwhile: nothing interrupts such
/// a call, and without this neither Ctrl-C nor SIGTERM would do anything.
/// </summary>
internal sealed class FileWaitNotes : IDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Noted = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Hopeless = TimeSpan.FromSeconds(3);

    private readonly Func<IReadOnlyList<(string Path, TimeSpan Waited)>> _waits;
    private readonly TextWriter _error;
    private readonly CancellationToken _stopping;
    private readonly Action _endProgram;
    private readonly HashSet<string> _told = [];
    private readonly Timer _timer;

    /// <param name="waits">What threads wait for at the moment.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="endProgram">Ends the program without waiting for anything.</param>
    /// <param name="stopping">Cancelled when the program is to end.</param>
    public FileWaitNotes(
        Func<IReadOnlyList<(string Path, TimeSpan Waited)>> waits,
        TextWriter error,
        Action endProgram,
        CancellationToken stopping)
    {
        (_waits, _error, _endProgram, _stopping) = (waits, error, endProgram, stopping);
        _timer = new Timer(_ => Look(), null, BetweenLooks, BetweenLooks);
    }

    public void Dispose() => _timer.Dispose();

    internal void Look()
    {
        lock (_told)
        {
            foreach ((string path, TimeSpan waited) in _waits())
            {
                if (_stopping.IsCancellationRequested && waited >= Hopeless)
                {
                    _error.WriteLine($"error: '{path}' does not answer; ended without waiting for it.");
                    _endProgram();
                    return;
                }

                if (waited >= Noted && _told.Add(path))
                {
                    _error.WriteLine(
                        $"Waiting for '{path}', which has not answered for {waited.TotalSeconds:F0} s: "
                        + "does the mount that it is on work? Ctrl-C ends.");
                }
            }
        }
    }
}
