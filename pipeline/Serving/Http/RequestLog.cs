using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Serving.Http;

/// <summary>One line a request, without anything that was said. Thread safe.</summary>
/// <param name="output">Receives the lines.</param>
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
        private readonly long _start = Stopwatch.GetTimestamp();

        /// <summary>How the answer ended, where there was one.</summary>
        public AnswerSummary? Summary { get; set; }

        /// <summary>What failed in the server itself.</summary>
        public Exception? Error { get; set; }

        /// <summary>Whether the client left.</summary>
        public bool IsLeft { get; set; }

        /// <summary>Writes the line; what went well and was no answer has none.</summary>
        public void End()
        {
            int status = context.Response.StatusCode;
            if (Summary is null && Error is null && !IsLeft && status < 400)
                return;
            string what = this switch
            {
                { IsLeft: true } => "the client left",
                { Error: { } error } => $"{status}: {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}",
                { Summary: { } summary } => string.Create(CultureInfo.InvariantCulture,
                    $"{status}, {summary.PromptTokens} tokens of which {summary.ReusedTokens} kept, {summary.CompletionTokens} of the answer"),
                _ => status.ToString(CultureInfo.InvariantCulture),
            };
            log.Write(string.Create(CultureInfo.InvariantCulture,
                $"{DateTime.Now:HH:mm:ss} {Printable(context.Request.Method)} {Printable(context.Request.Path.Value ?? "")} {what}, {Stopwatch.GetElapsedTime(_start).TotalSeconds:F2} s"));
        }

        // A path may hold line ends and terminal codes, once its percent signs are decoded.
        private static string Printable(string text) => new([.. text.Take(60).Select(letter => char.IsControl(letter) ? '?' : letter)]);
    }
}
