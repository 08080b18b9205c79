namespace VisualChat.Pipeline.Storage;

/// <summary>
/// Work on a thread of its own: it lasts, or waits for a disk, and would keep one of the pool's threads
/// from everything else.
/// </summary>
internal static class OwnThread
{
    public static Task Run(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static Task<T> Run<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
