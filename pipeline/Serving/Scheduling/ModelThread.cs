using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>
/// The one thread that a model computes on, and the order in which clients use it. A bounded number
/// of clients have a place. Of those that have asked, the first few are answered side by side, one
/// step of each at a time; the others wait in the order they asked (docs/decisions/0010).
/// Thread safe.
/// </summary>
internal sealed class ModelThread : IDisposable
{
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(10);

    private readonly int _sideBySide;
    private readonly int _places;
    private readonly Thread _thread;
    private readonly TaskCompletionSource<IAnswerSource> _opened =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards all fields below. Pulsed when the thread has something to do.
    private readonly object _lock = new();
    private readonly LinkedList<Place> _waiting = [];
    private int _taken;
    private bool _isStopping;
    private bool _isCut;

    /// <summary>Starts the thread, which opens the model.</summary>
    /// <param name="open">Opens the model, on the thread that will use it.</param>
    /// <param name="limits">
    /// How many answers are computed at a time, and how many clients wait.
    /// </param>
    public ModelThread(Func<IAnswerSource> open, ServeLimits limits)
    {
        _sideBySide = limits.SideBySide;
        _places = limits.SideBySide + limits.Waiting;
        _thread = new Thread(() => Run(open)) { Name = "model", IsBackground = true };
        _thread.Start();
    }

    /// <summary>The model, or why it could not be opened.</summary>
    public Task<IAnswerSource> Opened => _opened.Task;

    /// <summary>How many clients have a place.</summary>
    public int Taken
    {
        get
        {
            lock (_lock)
                return _taken;
        }
    }

    /// <exception cref="ApiException">
    /// All places are taken, or the server is being stopped.
    /// </exception>
    public void RefuseIfFull()
    {
        lock (_lock)
        {
            if (_isStopping)
                throw ApiException.Stopping();
            if (_taken == _places)
                throw ApiException.Busy(_taken);
        }
    }

    /// <inheritdoc cref="RefuseIfFull" path="/exception"/>
    public Place TakePlace()
    {
        lock (_lock)
        {
            RefuseIfFull();
            _taken++;
        }

        return new Place(this);
    }

    /// <summary>
    /// Lets nobody in any more. Clients that have a place may finish within the grace time; then
    /// their answers are cut.
    /// </summary>
    /// <returns>How many answers were cut.</returns>
    public async Task<int> StopAsync(TimeSpan grace)
    {
        lock (_lock)
        {
            _isStopping = true;
            if (_taken == 0)
                _ = _emptied.TrySetResult();
        }

        int cut = 0;
        try
        {
            await _emptied.Task.WaitAsync(grace);
        }
        catch (TimeoutException)
        {
            cut = Taken;
        }

        lock (_lock)
        {
            _isCut = true;
            Monitor.PulseAll(_lock);
        }

        return cut;
    }

    /// <summary>
    /// Ends the thread after the step it is in, and disposes of the model. A step that takes much
    /// longer, such as opening a large model, is left to the end of the process.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isStopping = _isCut = true;
            Monitor.PulseAll(_lock);
        }

        _ = _thread.Join(LongestStep);
    }

    /// <summary>Called by a place that asks.</summary>
    internal void Enqueue(Place place)
    {
        lock (_lock)
        {
            if (_isCut)
                place.Fail(ApiException.Stopping());
            else
                _ = _waiting.AddLast(place);
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Called by a place that is disposed of.</summary>
    internal void Leave(Place place)
    {
        lock (_lock)
        {
            _ = _waiting.Remove(place);
            _taken--;
            if (_isStopping && _taken == 0)
                _ = _emptied.TrySetResult();
        }
    }

    private void Run(Func<IAnswerSource> open)
    {
        IAnswerSource source;
        try
        {
            source = open();
        }
        catch (Exception exception)
        {
            _opened.SetException(exception);
            return;
        }

        using (source)
        {
            _opened.SetResult(source);
            List<RunningAnswer> running = [];
            while (WaitForWork(running, source))
                _ = running.RemoveAll(answer => !answer.Step());
            foreach (RunningAnswer answer in running)
                answer.Cut();
        }
    }

    // Waits for something to compute, and lets waiting clients in. False if the thread ends.
    private bool WaitForWork(List<RunningAnswer> running, IAnswerSource source)
    {
        lock (_lock)
        {
            while (!_isCut && running.Count == 0 && _waiting.Count == 0)
                _ = Monitor.Wait(_lock);
            if (_isCut)
            {
                // Each leaves the list as it is told.
                while (_waiting.First is { } waiting)
                    waiting.Value.Fail(ApiException.Stopping());
                return false;
            }

            while (running.Count < _sideBySide && _waiting.First is { } next)
            {
                _waiting.RemoveFirst();
                running.Add(new RunningAnswer(source, next.Value));
            }

            return true;
        }
    }
}
