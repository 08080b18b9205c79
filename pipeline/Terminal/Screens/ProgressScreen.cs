using System.Diagnostics;
using Spectre.Console;
using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>
/// How far long work is: a bar where a person watches the terminal, plain lines some seconds apart
/// where none does.
/// </summary>
internal static class ProgressScreen
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    /// <summary>Runs work and shows what it reports.</summary>
    /// <param name="error">Standard error: results go elsewhere.</param>
    /// <param name="title">What is done.</param>
    /// <param name="work">The work; it may report from any thread.</param>
    public static Task<T> RunAsync<T>(TextWriter error, string title, Func<IProgress<WorkProgress>, Task<T>> work)
    {
        if (Console.IsErrorRedirected || !ReferenceEquals(PrintableWriter.Under(error), Console.Error))
            return work(new Lines(error, title));
        return Screen.Of(error).Progress()
            .AutoClear(true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new PercentageColumn(),
                new RemainingTimeColumn(),
                new SpinnerColumn())
            .StartAsync(context => work(new Bar(context.AddTask(Markup.Escape(title), maxValue: 1), title)));
    }

    /// <inheritdoc cref="RunAsync"/>
    public static Task<T> IndexingAsync<T>(TextWriter error, Func<IProgress<IndexProgress>, Task<T>> work) =>
        RunAsync(error, "Indexing", progress => work(new IndexedFiles(progress)));

    /// <inheritdoc cref="RunAsync"/>
    public static Task<T> BlendingAsync<T>(TextWriter error, Func<IProgress<BlendProgress>, Task<T>> work) =>
        RunAsync(error, "Blending", progress => work(new Described<BlendProgress>(progress, blend => new WorkProgress(
            blend.SamplesDone,
            blend.SamplesToDo,
            $"{blend.SamplesDone:N0} of {blend.SamplesToDo:N0} samples, "
            + $"{blend.ShardsDone} of {blend.ShardsInAll} shards"))));

    /// <inheritdoc cref="RunAsync"/>
    public static Task<T> CheckingShardsAsync<T>(TextWriter error, Func<IProgress<ShardCheckProgress>, Task<T>> work) =>
        RunAsync(error, "Checking shards", progress => work(new Described<ShardCheckProgress>(progress, check =>
            new WorkProgress(check.BytesDone, check.BytesInAll, $"{check.ShardsDone:N0} of {check.ShardsInAll:N0}"))));

    private sealed class Bar(ProgressTask task, string title) : IProgress<WorkProgress>
    {
        public void Report(WorkProgress value)
        {
            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Done;
            task.Description = Markup.Escape(PrintableText.Of($"{title}: {value.Remark}"));
        }
    }

    private sealed class Lines(TextWriter error, string title) : IProgress<WorkProgress>
    {
        private readonly Lock _lock = new();
        private long _last = Stopwatch.GetTimestamp();

        public void Report(WorkProgress value)
        {
            lock (_lock)
            {
                if (Stopwatch.GetElapsedTime(_last) < BetweenLines)
                    return;
                _last = Stopwatch.GetTimestamp();
                double percent = 100.0 * value.Done / Math.Max(1, value.Total);
                error.WriteLine($"{title}: {value.Remark} ({percent:F0} %)");
            }
        }
    }

    private sealed class Described<T>(IProgress<WorkProgress> progress, Func<T, WorkProgress> describe) : IProgress<T>
    {
        public void Report(T value) => progress.Report(describe(value));
    }

    /// <summary>Adds up the bytes of files that are indexed side by side.</summary>
    private sealed class IndexedFiles(IProgress<WorkProgress> progress) : IProgress<IndexProgress>
    {
        private readonly Dictionary<string, IndexProgress> _files = [];

        public void Report(IndexProgress value)
        {
            lock (_files)
            {
                _files[value.Path] = value;
                long done = _files.Values.Sum(file => file.BytesDone);
                long total = _files.Values.Sum(file => file.BytesTotal);
                progress.Report(new WorkProgress(done, total, Path.GetFileName(value.Path)));
            }
        }
    }
}
