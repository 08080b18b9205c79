using VisualChat.Pipeline.Terminal.Lines;

namespace VisualChat.Pipeline.Tests.Terminal.Lines;

/// <summary>A line is typed with the keys of a shell.</summary>
public sealed class LineEditorTests
{
    [Theory]
    [InlineData("abc<Enter>", "abc")]
    [InlineData("ac<LeftArrow>b<Enter>", "abc")]
    [InlineData("bc<Home>a<End>d<Enter>", "abcd")]
    [InlineData("abx<Backspace>c<Enter>", "abc")]
    [InlineData("axb<LeftArrow><LeftArrow><Delete><Enter>", "ab")]
    [InlineData("one two <C-w>three<Enter>", "one three")]
    [InlineData("one two<C-u>three<Enter>", "three")]
    [InlineData("one two<C-a><RightArrow><C-k><Enter>", "o")]
    [InlineData("a<C-a><C-d>b<Enter>", "b")]
    [InlineData("x👍🏽<Backspace>y<Enter>", "xy")]
    [InlineData("e\u0301👨‍👩‍👧<LeftArrow><LeftArrow>a<Enter>", "ae\u0301👨‍👩‍👧")]
    [InlineData("wrong<C-c>right<Enter>", "right")]
    [InlineData("a\u0001b\u007f<Enter>", "ab")]
    public void Keys_edit_it(string keys, string line) => Read(keys).Should().Be((LineEnd.Entered, line));

    [Fact]
    public void At_an_empty_line_control_c_gives_up_and_control_d_leaves()
    {
        Read("<C-c>").Should().Be((LineEnd.GivenUp, ""));
        Read("a<Backspace><C-d>").Should().Be((LineEnd.NoMore, ""));
    }

    [Fact]
    public void What_is_pasted_may_have_several_lines_and_is_never_a_key()
    {
        Read("a \e[200~one\r\ntwo\t\u0003\rthree\n\e[201~!<Enter>").Should()
            .Be((LineEnd.Entered, "a one\ntwo \nthree!"));
        Read("\e[2<Enter>").Should().Be((LineEnd.Entered, "[2"), "that is not a paste");
    }

    [Fact]
    public void Earlier_lines_come_back_and_so_does_the_one_that_was_begun()
    {
        var terminals = new Queue<ITerminal>(
        [
            Terminal("first<Enter>"),
            Terminal("second<Enter>"),
            Terminal("second<Enter>"),
            Terminal("dra<UpArrow><UpArrow><UpArrow>!<Enter>"),
            Terminal("draft<UpArrow><DownArrow><Enter>"),
        ]);
        var editor = new LineEditor(terminals.Dequeue, NoCompletion);
        foreach (string expected in new[] { "first", "second", "second", "first!", "draft" })
            editor.Read("> ").Text.Should().Be(expected);
    }

    [Fact]
    public void Tab_takes_what_all_candidates_share_and_twice_lists_them()
    {
        ScriptedTerminal terminal = Terminal("see f<Tab><Tab>b<Tab><Enter>");
        var editor = new LineEditor(() => terminal, Complete);
        editor.Read("> ").Text.Should().Be("see foo-b");
        terminal.Screen.Should().Contain("foo-a       foo-b\\u{7}  ").And.NotContain("\u0007");

        static LineCompletion Complete(string text)
        {
            string[] names = ["foo-a", "foo-b\u0007"];
            IEnumerable<string> fitting = names.Where(name => name.StartsWith(text[4..], StringComparison.Ordinal));
            return new LineCompletion(4, [.. fitting.Select(name => (name, name))]);
        }
    }

    [Fact]
    public void A_line_longer_than_a_row_continues_in_the_next_and_no_row_is_filled()
    {
        ScriptedTerminal terminal = Terminal("abcdefgh猫猫<LeftArrow><Enter>", columns: 8);
        new LineEditor(() => terminal, NoCompletion).Read("> ");
        terminal.Screen.Should().EndWith("\r\e[J> abcde\r\n  fgh猫\r\n  猫\r\e[4C\r\n\e[?2004l");
    }

    private static LineCompletion NoCompletion(string text) => new(0, []);

    private static ScriptedTerminal Terminal(string keys, int columns = 80) =>
        new(columns, ScriptedTerminal.Keys(keys));

    private static (LineEnd, string) Read(string keys) =>
        new LineEditor(() => Terminal(keys), NoCompletion).Read("> ");
}
