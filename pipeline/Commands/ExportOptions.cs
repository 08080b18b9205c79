using System.CommandLine;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>export</c> is asked for.</summary>
internal sealed record ExportOptions
{
    public required RecipeOptions Recipe { get; init; }

    public required string Checkpoint { get; init; }

    /// <summary>The folder to make.</summary>
    public required string Output { get; init; }

    /// <summary>
    /// Writes the two towers, each in a folder of its own, and not the whole model.
    /// </summary>
    public bool Towers { get; init; }

    /// <summary>Writes what DeepSpeed-VisualChat's code reads.</summary>
    public bool Release { get; init; }

    /// <exception cref="InputException">Options contradict each other.</exception>
    public static ExportOptions From(ParseResult parsed)
    {
        var options = new ExportOptions
        {
            Recipe = RecipeOptions.From(parsed),
            Checkpoint = parsed.RequiredPathOf("--checkpoint"),
            Output = parsed.RequiredPathOf("--out"),
            Towers = parsed.GetValue<bool>("--towers"),
            Release = parsed.GetValue<bool>("--release"),
        };
        CommonOptions.RefuseIf(
            options is { Towers: true, Release: true },
            "--towers and --release are two forms of an export: give one, or export twice.");
        return options;
    }
}
