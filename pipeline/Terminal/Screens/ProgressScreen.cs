using System.Diagnostics;
using Spectre.Console;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>Shows how far long work is: a bar where a person watches the terminal, plain lines some seconds apart where none does.</summary>
internal static class ProgressScreen
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    /// <summary>Runs work and shows what it reports.</summary>
    /// <param name="error">Standard error: results go elsewhere.</param>
    /// <param name="title">What is done.</param>
    /// <param name="work">The work; it reports done, total and a remark, from any thread.</param>
    public static async Task<T> RunAsync<T>(TextWriter error, string title, Func<IProgress<(long Done, long Total, string Remark)>, Task<T>> work)
    {
        if (Console.IsErrorRedirected || !ReferenceEquals(error, Console.Error))
            return await work(new Lines(error, title)).ConfigureAwait(false);
        IAnsiConsole console = Screen.Of(error);
        return await console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(context => work(new Bar(context.AddTask(Markup.Escape(title), maxValue: 1), title)))
            .ConfigureAwait(false);
    }

    private sealed class Bar(ProgressTask task, string title) : IProgress<(long Done, long Total, string Remark)>
    {
        public void Report((long Done, long Total, string Remark) value)
        {
            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Done;
            task.Description = Markup.Escape($"{title}: {value.Remark}");
        }
    }

    private sealed class Lines(TextWriter error, string title) : IProgress<(long Done, long Total, string Remark)>
    {
        private readonly Lock _lock = new();
        private long _last = Stopwatch.GetTimestamp();

        public void Report((long Done, long Total, string Remark) value)
        {
            lock (_lock)
            {
                if (Stopwatch.GetElapsedTime(_last) < BetweenLines)
                    return;
                _last = Stopwatch.GetTimestamp();
                error.WriteLine($"{title}: {value.Remark} ({100.0 * value.Done / Math.Max(1, value.Total):F0} %)");
            }
        }
    }
}
