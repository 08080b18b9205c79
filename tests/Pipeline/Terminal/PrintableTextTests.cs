using VisualChat.Pipeline.Terminal;

namespace VisualChat.Pipeline.Tests.Terminal;

public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("plain\ttext\nhéllo 猫 🐈 👩‍🚀", "plain\ttext\nhéllo 猫 🐈 👩‍🚀")]
    [InlineData("\u001b[31mred", "\\u{1b}[31mred")]
    [InlineData("\rover", "\\u{d}over")]
    [InlineData("\u009b2J", "\\u{9b}2J")]
    [InlineData("abc\u202edef", "abc\\u{202e}def")]
    [InlineData("", "")]
    public void Control_characters_are_shown_and_never_sent(string text, string expected) =>
        PrintableText.Of(text).Should().Be(expected);
}
