using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>
/// The one thread that a model computes on, and who may use it when. A bounded number of clients have a place; of those that have asked, the first few are
/// answered side by side, a step of each in turn, and the others wait in the order they asked (docs/decisions/0010). Thread safe.
/// </summary>
internal sealed class ModelThread : IDisposable
{
    private readonly int _sideBySide;
    private readonly int _places;
    private readonly Thread _thread;
    private readonly TaskCompletionSource<IAnswerSource> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _emptied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards all below; pulsed when the thread has something to do.
    private readonly object _lock = new();
    private readonly LinkedList<Place> _waiting = [];
    private int _taken;
    private bool _isStopping;
    private bool _isCut;

    /// <summary>Starts a thread, which opens the model.</summary>
    /// <param name="open">Opens the model, on the thread it is used on.</param>
    /// <param name="limits">How many are answered at a time, and how many wait.</param>
    public ModelThread(Func<IAnswerSource> open, ServeLimits limits)
    {
        _sideBySide = limits.SideBySide;
        _places = limits.SideBySide + limits.Waiting;
        _thread = new Thread(() => Run(open)) { Name = "model", IsBackground = true };
        _thread.Start();
    }

    /// <summary>The model, or why it could not be opened.</summary>
    public Task<IAnswerSource> Opened => _opened.Task;

    /// <summary>Clients that have a place.</summary>
    public int Taken
    {
        get
        {
            lock (_lock)
                return _taken;
        }
    }

    /// <summary>Takes a place.</summary>
    /// <exception cref="ApiException">All are taken, or the server is being stopped.</exception>
    public Place TakePlace()
    {
        lock (_lock)
        {
            if (_isStopping)
                throw ApiException.Stopping();
            if (_taken == _places)
                throw ApiException.Busy(_taken);
            _taken++;
        }

        return new Place(this);
    }

    /// <summary>Takes in nobody any more, and lets those who have a place finish for a while; then their answers are cut.</summary>
    /// <param name="grace">How long they may take.</param>
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
            await _emptied.Task.WaitAsync(grace).ConfigureAwait(false);
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

    /// <summary>Ends the thread after the step it is in, and lets go of the model.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isStopping = _isCut = true;
            Monitor.PulseAll(_lock);
        }

        _thread.Join();
    }

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
            List<Turn> turns = [];
            while (TakeIn(turns, source))
                _ = turns.RemoveAll(turn => !turn.Step());
            foreach (Turn turn in turns)
                turn.Cut();
        }
    }

    // Waits until there is something to do; false: nothing any more.
    private bool TakeIn(List<Turn> turns, IAnswerSource source)
    {
        lock (_lock)
        {
            while (!_isCut && turns.Count == 0 && _waiting.Count == 0)
                _ = Monitor.Wait(_lock);
            if (_isCut)
            {
                foreach (Place place in _waiting)
                    place.Fail(ApiException.Stopping());
                _waiting.Clear();
                return false;
            }

            while (turns.Count < _sideBySide && _waiting.First is { } next)
            {
                _waiting.RemoveFirst();
                turns.Add(new Turn(source, next.Value));
            }

            return true;
        }
    }

    /// <summary>An answer among those that are computed in turns.</summary>
    private sealed class Turn(IAnswerSource source, Place place)
    {
        private IComputedAnswer? _answer;
        private IEnumerator<string>? _pieces;

        /// <summary>Computes one step.</summary>
        /// <returns>Whether there is another.</returns>
        public bool Step()
        {
            try
            {
                if (place.IsLeft)
                {
                    End();
                    return false;
                }

                _answer ??= source.Begin(place.Prompt!);
                _pieces ??= _answer.Pieces().GetEnumerator();
                if (_pieces.MoveNext())
                {
                    if (_pieces.Current.Length > 0)
                        place.Give(_pieces.Current);
                    return true;
                }

                AnswerEnd end = _answer.End ?? AnswerEnd.Cancelled;
                var summary = new AnswerSummary(end, _answer.PromptTokens, _answer.ReusedTokens, _answer.CompletionTokens);
                End();
                place.Complete(summary);
                return false;
            }
            catch (Exception exception)
            {
                // Whatever happened to one answer, the others go on; the place's client is told.
                End();
                place.Fail(exception);
                return false;
            }
        }

        public void Cut()
        {
            End();
            place.Fail(ApiException.Stopping());
        }

        private void End()
        {
            _pieces?.Dispose();
            _answer?.Dispose();
        }
    }
}
