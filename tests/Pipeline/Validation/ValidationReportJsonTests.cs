using System.Text.Json;
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

    [Fact]
    public void What_the_model_takes_is_an_object_of_bytes()
    {
        var output = new StringWriter();

        ValidationReportJson.Write(
            new ValidationReport("r.yaml", null, [], []) { Needs = SampleNeeds.Round, NeedsUnknown = [] }, output);

        using var document = JsonDocument.Parse(output.ToString());
        JsonElement model = document.RootElement.GetProperty("model");
        string text = JsonSerializer.Serialize(model);
        text.Should().Be(string.Concat(
            """
            {"dtype":"bf16","parts":[
            {"name":"vision tower","parameters":300000000,"trained":0,"weights":"files",
            "disk_bytes":1200000000,"memory_bytes":600000000},
            {"name":"projection","parameters":4000000,"trained":4000000,"weights":"random",
            "disk_bytes":16000000,"memory_bytes":8000000},
            {"name":"decoder","parameters":6000000000,"trained":0,"weights":"missing",
            "disk_bytes":12000000000,"memory_bytes":12000000000}],
            "missing":["\u0027models/llama\u0027 has no weights."],"devices":[{"device":"cuda",
            "free_bytes":20000000000,"total_bytes":24000000000,"training":{"positions":4096,
            "chosen":"recomputed","weight_bytes":13000000000,"mapped_bytes":0,
            "trained_weight_bytes":250000000,"gradient_bytes":250000000,"moment_bytes":500000000,
            "kept":{"pass_bytes":9000000000,"total_bytes":23000000000,"fits":false},
            "recomputed":{"pass_bytes":3000000000,"total_bytes":17000000000,"fits":true}},
            "answering":{"conversations":1,"positions":4096,"weight_bytes":13000000000,"mapped_bytes":7,
            "key_value_bytes":2000000000,"pass_bytes":500000000,"total_bytes":15500000000,"fits":true},
            "serving":{"conversations":4,"positions":16384,"weight_bytes":13000000000,"mapped_bytes":0,
            "key_value_bytes":8000000000,"pass_bytes":500000000,"total_bytes":21500000000,"fits":false}}],
            "checkpoints":{"bytes":750000000,"best_bytes":250000000,"kept":2,"most_bytes":2500000000,
            "free_bytes":2000000000,"fits":false}}
            """.ReplaceLineEndings("\n").Split('\n')));
    }

    [Fact]
    public void Why_it_is_not_known_is_a_list()
    {
        var output = new StringWriter();

        ValidationReportJson.Write(
            new ValidationReport("r.yaml", null, [], []) { NeedsUnknown = ["no folder"] }, output);

        using var document = JsonDocument.Parse(output.ToString());
        document.RootElement.TryGetProperty("model", out _).Should().BeFalse();
        document.RootElement.GetProperty("model_unknown")[0].GetString().Should().Be("no folder");
    }
}
