using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Bodies;

/// <summary>What one request holds of a <see cref="BodyBudget"/>.</summary>
internal sealed class BodyLease : IDisposable
{
    private readonly BodyBudget _budget;
    private readonly TimeSpan _deadline;
    private readonly CancellationToken _aborted;
    private readonly CancellationTokenSource _arrival;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ApiException? _refusal;
    private int _isEnded;

    /// <inheritdoc cref="BodyBudget.Begin"/>
    internal BodyLease(BodyBudget budget, TimeSpan deadline, CancellationToken aborted)
    {
        _budget = budget;
        _deadline = deadline;
        _aborted = aborted;
        _arrival = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        _arrival.CancelAfter(deadline);
    }

    /// <summary>
    /// Cancelled when the client leaves, the body takes too long, or the request has to give way;
    /// <see cref="Refusal"/> tells the last two.
    /// </summary>
    public CancellationToken Arrival => _arrival.Token;

    /// <summary>
    /// What to tell the client once <see cref="Arrival"/> is cancelled; null: it left.
    /// </summary>
    public ApiException? Refusal =>
        IsLeft
            ? null
            : Volatile.Read(ref _refusal)
                ?? ApiException.TooSlow($"it had not arrived after {_deadline.TotalSeconds:N0} s");

    /// <summary>Whether the client left.</summary>
    public bool IsLeft => _aborted.IsCancellationRequested;

    /// <summary>Where its windows come from.</summary>
    public WindowPool Windows => _budget.Windows;

    /// <summary>Bytes it holds. The budget's lock guards it.</summary>
    internal long Held { get; set; }

    /// <summary>Whether its body still arrives, so that it can be ended. Guarded as well.</summary>
    internal bool IsArriving { get; private set; } = true;

    /// <summary>Completes when it holds nothing more.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>Takes more of the budget before memory is made.</summary>
    /// <exception cref="ApiException">There is no more.</exception>
    public async ValueTask TakeAsync(long more)
    {
        while (_budget.TryTake(this, more) is { } freed)
            _ = await GuardAsync(WaitAsync(freed));
    }

    /// <summary>Waits for something that <see cref="Arrival"/> cancels.</summary>
    /// <exception cref="ApiException">
    /// It was cancelled, and not because the client left.
    /// </exception>
    public async ValueTask<T> GuardAsync<T>(ValueTask<T> arriving)
    {
        try
        {
            return await arriving;
        }
        catch (OperationCanceledException) when (Refusal is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>Gives a part back.</summary>
    public void Give(long less) => _budget.Give(this, less);

    /// <summary>The whole body has arrived: its request is answered whatever others need.</summary>
    public void Arrive() => _budget.Keep(this);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0)
            return;
        _budget.End(this);
        _arrival.Dispose();
        _ended.SetResult();
    }

    /// <summary>Ends the body's arrival. Called under the budget's lock.</summary>
    internal void Refuse(ApiException refusal)
    {
        IsArriving = false;
        Volatile.Write(ref _refusal, refusal);

        // Readers are told on threads of the pool, not under the lock.
        _ = _arrival.CancelAsync();
    }

    /// <summary>Ends the deadline. Called under the budget's lock.</summary>
    internal void Keep()
    {
        IsArriving = false;
        _arrival.CancelAfter(Timeout.InfiniteTimeSpan);
    }

    private async ValueTask<bool> WaitAsync(Task freed)
    {
        await freed.WaitAsync(Arrival);
        return true;
    }
}
