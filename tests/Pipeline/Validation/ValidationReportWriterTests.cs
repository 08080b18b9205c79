using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Tests.Validation;

public sealed class ValidationReportWriterTests
{
    private static readonly ValidationReport Report = new(
        "r.yaml",
        "/data",
        ["it's wrong"],
        [new SourceReport("[llava]", 23_240, 23_237, 23_237, 23_237, 2, [KeyValuePair.Create("image-missing", 2), KeyValuePair.Create("odd-rounds", 1)])]);

    [Fact]
    public void Json_is_one_document_with_every_count()
    {
        var output = new StringWriter();

        ValidationReportWriter.WriteJson(Report, output);

        output.ToString().ReplaceLineEndings("\n").Should().Be(
            """
            {
              "recipe": "r.yaml",
              "data": "/data",
              "valid": false,
              "problems": [
                "it's wrong"
              ],
              "sources": [
                {
                  "name": "[llava]",
                  "records_read": 23240,
                  "records_usable": 23237,
                  "conversations": 23237,
                  "images": 23237,
                  "records_missing_images": 2,
                  "rejected": {
                    "image-missing": 2,
                    "odd-rounds": 1
                  }
                }
              ]
            }

            """);
    }

    [Fact]
    public void Text_has_a_row_for_each_dataset_a_line_for_each_problem_and_the_verdict()
    {
        var output = new StringWriter();

        ValidationReportWriter.WriteText(Report, output);

        string[] lines = output.ToString().ReplaceLineEndings("\n").Split('\n');
        string row = lines.Should().ContainSingle(line => line.Contains("[llava]")).Subject;
        row.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Should().Equal("[llava]", "23,240", "23,237", "23,237", "23,237", "2", "image-missing 2, odd-rounds 1");
        lines[^3..].Should().Equal("problem: it's wrong", "r.yaml cannot be blended: 1 problem.", "");
    }
}
