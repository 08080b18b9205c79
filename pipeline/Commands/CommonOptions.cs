using System.CommandLine;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// Arguments and options that several commands share: one name, one meaning, one description each.
/// </summary>
internal static class CommonOptions
{
    public static Argument<string> Recipe() => new("RECIPE") { Description = "The recipe's YAML file." };

    public static Option<string?> Data() => new("--data")
    {
        HelpName = "ROOT",
        Description = "The folder with the datasets. A recipe with data.sample_world has its own when left out.",
    };

    public static Option<string?> Shards() => new("--shards")
    {
        HelpName = "DIR",
        Description = "The folder of the shards; OUT/shards when left out.",
    };

    public static Option<string[]> LinksMayLeadTo() => new("--allow-links-to")
    {
        HelpName = "DIR",
        Description = "A folder that links among the images, and absolute paths in annotations, may lead to, "
            + "besides the data root and the image folders. May be repeated.",
        DefaultValueFactory = _ => [],
    };

    public static Option<string[]> Set() => new("--set")
    {
        HelpName = "KEY=VALUE",
        Description = "Set a key of the recipe, such as training.batch=32 or data.sources.llava.samples=10. "
            + "May be repeated.",
        DefaultValueFactory = _ => [],
    };

    public static Option<string?> Device() => new("--device")
    {
        HelpName = "cpu|cuda|cuda:N",
        Description = "Where to compute: by default the NVIDIA GPU where one works, else the CPU.",
    };

    public static Option<string> Checkpoint() => new("--checkpoint")
    {
        HelpName = "DIR",
        Required = true,
        Description = "A checkpoint, such as OUT/checkpoints/best, a folder that 'export' wrote, "
            + "or DeepSpeed-VisualChat's pytorch_model.bin or its folder.",
    };

    public static Option<bool> Json() => new("--json")
    {
        Description = "Write one JSON document to standard output instead of text for a person.",
    };

    /// <exception cref="InputException">What was given is wrong.</exception>
    public static void RefuseIf(bool isWrong, string problem)
    {
        if (isWrong)
            throw new InputException(problem);
    }
}
