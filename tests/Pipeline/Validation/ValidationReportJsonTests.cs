using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Tests.Validation;

public sealed class ValidationReportJsonTests
{
    [Fact]
    public void Json_is_one_document_with_every_count()
    {
        var output = new StringWriter();

        ValidationReportJson.Write(SampleReport.Wrong, output);

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
                  },
                  "rejected_examples": {
                    "image-missing": [
                      "a.json[3]: b.jpg is not there"
                    ],
                    "odd-rounds": [
                      "a.json[9]: the last question has no answer"
                    ]
                  },
                  "images_looked_at": 64,
                  "images_unusable": 1,
                  "images_unusable_examples": [
                    "c.jpg: the JPEG ends inside a segment"
                  ],
                  "mended": {
                    "marks-moved": 7
                  }
                }
              ]
            }

            """);
    }
}
