using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tests.Validation;

namespace VisualChat.Pipeline.Tests.Terminal.Screens;

public sealed class ValidationScreenTests
{
    [Fact]
    public void Text_has_a_row_for_each_dataset_a_line_for_each_problem_and_the_verdict()
    {
        var output = new StringWriter();

        ValidationScreen.Write(SampleReport.Wrong, output);

        string[] lines = output.ToString().ReplaceLineEndings("\n").Split('\n');
        string row = lines.Should().ContainSingle(line => line.Contains("[llava]")).Subject;
        row.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Should().Equal(
            "[llava]", "23,240", "23,237", "23,237", "23,237", "2", "image-missing 2, odd-rounds 1");
        lines[^3..].Should().Equal("problem: it's wrong", "r.yaml cannot be blended: 1 problem.", "");
    }
}
