using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>
/// Writes a line for each answer and each request that went wrong. Nothing that was said is in it.
/// Thread safe.
/// </summary>
internal sealed class RequestLog(TextWriter output)
{
    private readonly Lock _lock = new();

    /// <summary>Begins a request's line.</summary>
    public Entry Begin(HttpContext context) => new(this, context);

    private void Write(string line)
    {
        lock (_lock)
            output.WriteLine(line);
    }

    /// <summary>A request's line.</summary>
    internal sealed class Entry(RequestLog log, HttpContext context)
    {
        private const int MostOfRequest = 60;
        private const int MostOfError = 1000;

        private readonly long _start = Stopwatch.GetTimestamp();

        /// <summary>How the answer ended, if there was one.</summary>
        public AnswerSummary? Summary { get; set; }

        /// <summary>The failure in the server itself, if there was one.</summary>
        public Exception? Error { get; set; }

        /// <summary>Whether the client left.</summary>
        public bool IsLeft { get; set; }

        /// <summary>Writes the line, unless all went well and there was no answer.</summary>
        public void End()
        {
            int status = context.Response.StatusCode;
            if (Summary is null && Error is null && !IsLeft && status < 400)
                return;
            string method = Printable(context.Request.Method, MostOfRequest);
            string path = Printable(context.Request.Path.Value ?? "", MostOfRequest);
            double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
            log.Write($"{DateTime.Now:HH:mm:ss} {method} {path} {Outcome(status)}, {seconds:F2} s");
        }

        private string Outcome(int status) => this switch
        {
            { IsLeft: true } => "the client left",
            { Error: { } error } =>
                $"{status}: {error.GetType().Name}: {Printable(error.Message, MostOfError)}",
            { Summary: { } summary } =>
                $"{status}, {summary.PromptTokens} tokens of which {summary.ReusedTokens} kept, " +
                $"{summary.CompletionTokens} of the answer",
            _ => $"{status}",
        };

        // A decoded path may hold line ends, terminal codes and changes of writing direction.
        private static string Printable(string text, int most) =>
            new([.. text.Take(most).Select(letter => IsHarmless(letter) ? letter : '?')]);

        private static bool IsHarmless(char letter) =>
            char.GetUnicodeCategory(letter)
                is not (UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.Surrogate
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator);
    }
}
