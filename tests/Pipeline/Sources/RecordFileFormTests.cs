using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>
/// A file of records may be a JSON array, JSON Lines, or objects one after another, whatever its
/// name says.
/// </summary>
public sealed class RecordFileFormTests
{
    private static string Record(string id) =>
        $$"""{"id": "{{id}}", "messages": [{"role": "user", "content": "} [\"{ Q"}, """
        + """{"role": "assistant", "content": "A"}]}""";

    private static string Pretty(string id) => Record(id)
        .Replace("{\"id\"", "{\n  \"id\"", StringComparison.Ordinal)
        .Replace("]}", "]\n}", StringComparison.Ordinal);

    public static TheoryData<string> Files =>
    [
        $"[{Record("x")}, {Record("y")}]",
        $"\uFEFF[\r\n{Pretty("x")},\r\n{Pretty("y")}\r\n]\r\n",
        $"{Record("x")}\n{Record("y")}\n",
        $"\uFEFF\r\n{Record("x")}\r\n\r\n{Record("y")}",
        $"{Pretty("x")}\n{Pretty("y")}\n",
        $"{Pretty("x")}{Pretty("y")}",
        $"{Record("x")}{Record("y")}",
        $"{Record("x")} {Pretty("y")}",
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Both_records_are_read(string file)
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        foreach (string format in (string[])["conversations", "llava"])
        {
            DatasetIndex index = root.LoadText(format, file)["mine"];
            index.Rejects.Should().BeEmpty();
            index.RecordCount.Should().Be(2);
            index.Reader.Read(1, 1).Single().Question.Should().Be("} [\"{ Q");
        }
    }

    [Theory]
    [InlineData("{\"id\": \"x\", \"messages\": [\n")]
    [InlineData("{\"id\": \"x\", \"messages\": [\n\n")]
    [InlineData("{\"id\": \"x")]
    public void A_broken_first_line_harms_no_other_line(string first)
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        DatasetIndex index = root.LoadText("llava", $"{first}\n{Record("y")}\n")["mine"];
        index.Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.InvalidJson);
        index.RecordCount.Should().Be(1);
    }

    [Fact]
    public void Objects_across_lines_that_break_off_are_an_error_with_line_and_byte()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        FluentActions.Invoking(() => root.LoadText("conversations", $"{Pretty("x")}\n{Pretty("y")[..^3]}"))
            .Should().Throw<WorkException>().WithMessage("*data.json: line 5, byte *");
    }

    [Fact]
    public void A_file_of_UTF_16_is_named_for_what_it_is()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        _ = root.Write("data.json", System.Text.Encoding.Unicode.GetPreamble());
        FluentActions.Invoking(() => root.Load(DataRoot.Entry("llava")))
            .Should().Throw<WorkException>().WithMessage("*the file is UTF-16. Save it as UTF-8.*");
    }
}
