using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Bodies;

/// <summary>
/// The memory that the bodies of all requests may hold together, from their first byte until their
/// images are prepared, beyond a first window of each. When it is spent, the request that holds
/// most gives way to one that would hold less, so a few clients with huge bodies keep nobody out.
/// Thread safe.
/// </summary>
/// <param name="bytes">Bytes of all bodies together.</param>
/// <param name="deadline">How long a body may take to arrive.</param>
internal sealed class BodyBudget(long bytes, TimeSpan deadline)
{
    // Bodies of fewer bytes than these together are left to the collector's own time.
    private const long WorthCollecting = 32_000_000;

    private static readonly TimeSpan CollectionDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly HashSet<BodyLease> _leases = [];
    private long _held;
    private long _takenSinceIdle;
    private long _takenSinceCollection;
    private bool _isStopping;

    /// <summary>The windows of all requests.</summary>
    public WindowPool Windows { get; } = new();

    /// <summary>Bytes that all requests hold.</summary>
    public long Held
    {
        get
        {
            lock (_lock)
                return _held;
        }
    }

    /// <summary>Begins a request, which holds nothing yet.</summary>
    /// <param name="aborted">Cancelled when its client leaves.</param>
    /// <exception cref="ApiException">The server is being stopped.</exception>
    public BodyLease Begin(CancellationToken aborted)
    {
        lock (_lock)
        {
            if (_isStopping)
                throw ApiException.Stopping();
            var lease = new BodyLease(this, deadline, aborted);
            _ = _leases.Add(lease);
            return lease;
        }
    }

    /// <summary>Ends the requests whose bodies have not arrived, and takes no more.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopping = true;
            foreach (BodyLease lease in _leases.Where(lease => lease.IsArriving))
                lease.Refuse(ApiException.Stopping());
        }
    }

    /// <summary>Called by a lease that needs more.</summary>
    /// <returns>
    /// Null if it has it; else when to try again: a request that holds more is giving way.
    /// </returns>
    /// <exception cref="ApiException">There is no more, and nobody holds more.</exception>
    internal Task? TryTake(BodyLease lease, long more)
    {
        lock (_lock)
        {
            if (_held + more > bytes)
                return MakeRoom(lease, more);
            lease.Held += more;
            _held += more;
            _takenSinceIdle += more;
            _takenSinceCollection += more;
            if (_takenSinceCollection < bytes / 2)
                return null;
            _takenSinceCollection = 0;
        }

        // What requests have left behind is as large as what they hold: the collector, which sees a
        // machine with plenty of memory, would wait until it is several times that. It takes some
        // hundredths of a second, once for each half of the budget.
        ReturnedMemory.Collect();
        return null;
    }

    /// <summary>Called by a lease that needs less.</summary>
    internal void Give(BodyLease lease, long less)
    {
        lock (_lock)
        {
            _held -= less;
            lease.Held -= less;
        }
    }

    /// <summary>Called by a lease whose body has arrived.</summary>
    internal void Keep(BodyLease lease)
    {
        lock (_lock)
            lease.Keep();
    }

    /// <summary>Called by a lease that ends.</summary>
    internal void End(BodyLease lease)
    {
        lock (_lock)
        {
            _ = _leases.Remove(lease);
            _held -= lease.Held;
            if (_held > 0 || _takenSinceIdle < WorthCollecting)
                return;
            _takenSinceIdle = _takenSinceCollection = 0;
        }

        _ = CollectAsync();
    }

    private Task MakeRoom(BodyLease lease, long more)
    {
        BodyLease? largest = _leases.Where(other => other.IsArriving && other != lease).MaxBy(other => other.Held);
        if (largest is null || largest.Held <= lease.Held + more)
            throw ApiException.NoMemory(bytes);
        largest.Refuse(ApiException.NoMemory(bytes));
        return largest.Ended;
    }

    // Without this the memory of large bodies stays the process's until the next large one: a
    // server that has nothing to do does not collect. It stops all threads for some hundredths of a
    // second, once after a time in which tens of megabytes came.
    private async Task CollectAsync()
    {
        await Task.Delay(CollectionDelay);
        if (Held > 0)
            return;
        Windows.Clear();
        ReturnedMemory.Collect();
    }
}
