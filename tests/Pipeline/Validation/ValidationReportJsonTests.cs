using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Tests.Validation;

public sealed class ValidationReportJsonTests
{
    private static readonly ValidationReport Report = new(
        "r.yaml",
        "/data",
        ["it's wrong"],
        [
            new SourceReport(
                "[llava]",
                RecordsRead: 23_240,
                RecordsUsable: 23_237,
                Conversations: 23_237,
                Images: 23_237,
                RecordsMissingImages: 2,
                [KeyValuePair.Create("image-missing", 2), KeyValuePair.Create("odd-rounds", 1)]),
        ]);

    [Fact]
    public void Json_is_one_document_with_every_count()
    {
        var output = new StringWriter();

        ValidationReportJson.Write(Report, output);

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
}
