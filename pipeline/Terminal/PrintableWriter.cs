using System.Text;

namespace VisualChat.Pipeline.Terminal;

/// <summary>
/// The way of text to a person's terminal. Whatever it holds (an argument, a file's name, a
/// record's id), no control character reaches the terminal: see <see cref="PrintableText"/>. What
/// draws on the terminal itself takes <see cref="Under"/>, and makes its texts printable.
/// </summary>
/// <param name="terminal">Standard output or error; it stays open.</param>
internal sealed class PrintableWriter(TextWriter terminal) : TextWriter
{
    public override Encoding Encoding => terminal.Encoding;

    /// <summary>What a writer writes to, for those who write control sequences.</summary>
    public static TextWriter Under(TextWriter writer) => writer is PrintableWriter printable ? printable.Raw : writer;

    public override void Write(char value) => terminal.Write(PrintableText.Of(value.ToString()));

    public override void Write(string? value) => terminal.Write(value is null ? null : PrintableText.Of(value));

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

    public override void WriteLine() => terminal.WriteLine();

    // In one call, so that lines of several threads do not mix.
    public override void WriteLine(string? value) =>
        terminal.WriteLine(value is null ? null : PrintableText.Of(value));

    public override Task WriteAsync(char value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteAsync(string? value)
    {
        Write(value);
        return Task.CompletedTask;
    }

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    public override void Flush() => terminal.Flush();

    public override Task FlushAsync() => terminal.FlushAsync();

    private TextWriter Raw => terminal;
}
