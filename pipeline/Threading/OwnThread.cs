namespace VisualChat.Pipeline.Threading;

/// <summary>
/// Runs work that blocks for long on its own thread. On a pool thread it would take the place of a
/// worker.
/// </summary>
internal static class OwnThread
{
    /// <summary>Starts the work. The task ends with it, and fails if it throws.</summary>
    public static Task Run(Action work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <inheritdoc cref="Run(Action)"/>
    public static Task<T> Run<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
