using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tests.Validation;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Tests.Terminal.Screens;

public sealed class ModelNeedsScreenTests
{
    [Fact]
    public void Parts_are_a_table_and_each_use_of_each_device_is_a_line()
    {
        var output = new StringWriter();

        ValidationScreen.Write(new ValidationReport("r.yaml", null, [], []) { Needs = SampleNeeds.Round }, output);

        string[] lines = [.. output.ToString().Split('\n').Select(line => line.TrimEnd()).Where(line => line != "")];
        lines.Where(line => !line.Contains('━')).Should().Equal(
            "  part              parameters     trained        weights   on disk   in bf16",
            "  vision tower     300,000,000           0       in files   1.20 GB    600 MB",
            "  projection         4,000,000   4,000,000   random start     16 MB   8.00 MB",
            "  decoder        6,000,000,000           0        missing   12.0 GB   12.0 GB",
            "  all            6,304,000,000   4,000,000                  13.2 GB   12.6 GB",
            "missing: 'models/llama' has no weights.",
            "cuda, training: 13.0 GB weights, 1.00 GB what is trained (250 MB weights, 250 MB gradients, "
            + "500 MB moments), and a pass of up to 4,096 positions:",
            "  activations kept: 9.00 GB, in all 23.0 GB; 20.0 GB free, which is too little",
            "  activations recomputed: 3.00 GB, in all 17.0 GB; 20.0 GB free (train takes this)",
            "cuda, answering: 13.0 GB weights beside 0.00 MB in mapped files, 2.00 GB keys and values "
            + "of a conversation, up to 4,096 positions, 500 MB a pass: in all 15.5 GB; 20.0 GB free",
            "cuda, serving: 13.0 GB weights, 8.00 GB keys and values of 4 conversations, up to 16,384 positions, "
            + "500 MB a pass: in all 21.5 GB; 20.0 GB free, which is too little",
            "checkpoints: 750 MB each, 2 kept, the best 250 MB: up to 2.50 GB on disk; 2.00 GB free, "
            + "which is too little",
            "r.yaml is valid.");
    }

    [Fact]
    public void Why_it_is_not_known_is_said()
    {
        var output = new StringWriter();

        ValidationScreen.Write(
            new ValidationReport("r.yaml", null, [], []) { NeedsUnknown = ["there is no folder 'x'."] }, output);

        output.ToString().Should().StartWith("what the model takes is not known: there is no folder 'x'.");
    }
}
