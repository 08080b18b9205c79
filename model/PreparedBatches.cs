using System.Collections.Concurrent;

namespace VisualChat.Model;

/// <summary>
/// Micro-batches that another thread prepares while the device computes. They are taken in the
/// order in which they were added.
/// </summary>
/// <remarks>
/// For one thread, which adds and takes. The preparing thread is not of the pool, whose threads may
/// all be decoding images, and it stays: starting one for each batch would take longer than
/// preparing it. Memory: as many prepared batches as are made ahead.
/// </remarks>
internal sealed class PreparedBatches : IDisposable
{
    private readonly ChatModel _model;
    private readonly int _ahead;
    private readonly Queue<MicroBatch> _waiting = [];
    private readonly Queue<Task<PreparedBatch>> _started = [];
    private readonly BlockingCollection<Task<PreparedBatch>> _work = [];
    private readonly Thread _thread;

    /// <param name="model">Prepares them.</param>
    /// <param name="ahead">Batches that are prepared before they are taken.</param>
    public PreparedBatches(ChatModel model, int ahead)
    {
        (_model, _ahead) = (model, ahead);
        _thread = new Thread(Work) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Adds a batch, and has it prepared if few others wait.</summary>
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
            _ = ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
            if (task.IsCompletedSuccessfully)
                task.Result.Dispose();
        }
    }

    /// <summary>Ends the preparing thread.</summary>
    public void Dispose()
    {
        if (!_thread.IsAlive)
            return;
        Clear();
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void StartNext()
    {
        while (_started.Count < _ahead && _waiting.TryDequeue(out MicroBatch? batch))
        {
            var task = new Task<PreparedBatch>(() => _model.Prepare(batch));
            _started.Enqueue(task);
            _work.Add(task);
        }
    }

    private void Work()
    {
        foreach (Task<PreparedBatch> task in _work.GetConsumingEnumerable())
            task.RunSynchronously(TaskScheduler.Default);
    }
}
