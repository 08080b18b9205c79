using System.CommandLine;

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

    public static ExportOptions From(ParseResult parsed) => new()
    {
        Recipe = RecipeOptions.From(parsed),
        Checkpoint = parsed.RequiredPathOf("--checkpoint"),
        Output = parsed.RequiredPathOf("--out"),
        Towers = parsed.GetValue<bool>("--towers"),
    };
}
