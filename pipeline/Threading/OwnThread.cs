namespace VisualChat.Pipeline.Threading;

/// <summary>
/// Runs work that blocks for long on a thread of its own. On a pool thread it would keep a worker
/// from its core.
/// </summary>
internal static class OwnThread
{
    /// <summary>Starts the work; the task ends, or fails, as the work does.</summary>
    public static Task Run(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <inheritdoc cref="Run(Action)"/>
    public static Task<T> Run<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
