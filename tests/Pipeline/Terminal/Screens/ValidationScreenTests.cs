using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tests.Validation;

namespace VisualChat.Pipeline.Tests.Terminal.Screens;

public sealed class ValidationScreenTests
{
    [Fact]
    public void Text_has_a_row_for_each_dataset_what_it_leaves_out_each_problem_and_the_verdict()
    {
        var output = new StringWriter();

        ValidationScreen.Write(SampleReport.Wrong, output);

        string[] lines = output.ToString().ReplaceLineEndings("\n").Split('\n');
        string row = lines.Should().ContainSingle(line => line.Contains("23,240")).Subject;
        row.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Should().Equal(
            "[llava]", "23,240", "23,237", "23,237", "23,237", "2", "image-missing 2, odd-rounds 1");
        lines[^7..].Should().Equal(
            "[llava]: 2 image-missing, such as a.json[3]: b.jpg is not there",
            "[llava]: 1 odd-rounds, such as a.json[9]: the last question has no answer",
            "[llava]: of 64 images looked at, 1 cannot be used: c.jpg: the JPEG ends inside a segment",
            "[llava]: mended: 7 marks-moved, such as a.json[5]",
            "problem: it's wrong",
            "r.yaml cannot be blended: 1 problem.",
            "");
    }
}
