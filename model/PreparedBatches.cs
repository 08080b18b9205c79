namespace VisualChat.Model;

/// <summary>
/// Micro-batches that other threads prepare while the device computes. They are taken in the order
/// in which they were added.
/// </summary>
/// <remarks>
/// For one thread, which adds and takes. Each batch is prepared on a thread of its own, not of the
/// pool, whose threads may all be decoding images. Starting one costs about 0.1 ms, on a GPU's
/// training beside some hundred milliseconds of computation. Memory: as many prepared batches as
/// are made ahead.
/// </remarks>
/// <param name="model">Prepares them.</param>
/// <param name="ahead">Batches that are prepared before they are taken.</param>
internal sealed class PreparedBatches(ChatModel model, int ahead) : IDisposable
{
    private readonly Queue<MicroBatch> _waiting = [];
    private readonly Queue<Task<PreparedBatch>> _started = [];

    /// <summary>Adds a batch, and begins to prepare it if few others wait.</summary>
    public void Add(MicroBatch batch)
    {
        _waiting.Enqueue(batch);
        StartNext();
    }

    /// <summary>The oldest batch; the caller disposes of it.</summary>
    /// <exception cref="ArgumentException">
    /// Ids, labels and images of the batch do not match.
    /// </exception>
    public PreparedBatch Take()
    {
        Task<PreparedBatch> oldest = _started.Dequeue();
        StartNext();
        return oldest.GetAwaiter().GetResult();
    }

    /// <summary>Forgets what was not taken. Waits for what is being prepared.</summary>
    public void Clear()
    {
        _waiting.Clear();
        while (_started.TryDequeue(out Task<PreparedBatch>? task))
        {
            // A batch that does not fit is no error if nobody wants it.
            task.ContinueWith(static _ => { }, TaskContinuationOptions.ExecuteSynchronously).Wait();
            if (task.IsCompletedSuccessfully)
                task.Result.Dispose();
        }
    }

    public void Dispose() => Clear();

    private void StartNext()
    {
        while (_started.Count < ahead && _waiting.TryDequeue(out MicroBatch? batch))
        {
            _started.Enqueue(Task.Factory.StartNew(
                () => model.Prepare(batch),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default));
        }
    }
}
