using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Terminal;

namespace VisualChat.Pipeline.Tests.Terminal;

public sealed class PrintableWriterTests
{
    // An escape sequence, a carriage return, a C1 control sequence introducer and a change of the
    // direction of writing.
    private const string Hostile = "a\u001b[2Jb\rc\u009bd\u202ee";
    private const string Harmless = "a\\u{1b}[2Jb\\u{d}c\\u{9b}d\\u{202e}e";

    [Fact]
    public async Task Whatever_way_text_is_written_no_control_character_reaches_the_terminal()
    {
        var terminal = new StringWriter();
        await using var writer = new PrintableWriter(terminal);
        writer.Write(Hostile);
        writer.WriteLine(Hostile);
        writer.Write(Hostile.AsSpan());
        writer.Write(Hostile.ToCharArray());
        await writer.WriteAsync(Hostile);
        await writer.WriteLineAsync(Hostile);
        await writer.WriteAsync(Hostile.AsMemory());
        await writer.WriteLineAsync(Hostile.AsMemory());
        writer.Write('\u001b');
        writer.WriteLine("{0}", Hostile);
        await writer.FlushAsync();
        string written = terminal.ToString();
        written.Should().NotContainAny("\u001b", "\r", "\u009b", "\u202e");
        written.Split(Harmless).Should().HaveCount(10);
    }

    [Fact]
    public void What_draws_on_the_terminal_has_it_itself()
    {
        var terminal = new StringWriter();
        PrintableWriter.Under(new PrintableWriter(terminal)).Should().BeSameAs(terminal);
        PrintableWriter.Under(terminal).Should().BeSameAs(terminal);
    }

    [Theory]
    [InlineData("validate", Hostile)]
    [InlineData(Hostile)]
    [InlineData("blend", "recipe.yaml", "--" + Hostile)]
    [InlineData("inspect", Hostile)]
    public async Task An_argument_in_an_error_is_harmless(params string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await CommandLine.RunAsync(arguments, output, error);
        code.Should().Be(ExitCode.WrongInput);
        string shown = output.ToString() + error;
        shown.Should().Contain("\\u{1b}[2J");
        shown.Should().NotContainAny("\u001b", "\r", "\u009b", "\u202e");
    }
}
