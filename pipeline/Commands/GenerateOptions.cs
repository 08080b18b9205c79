using System.CommandLine;
using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>generate</c> is asked for.</summary>
internal sealed record GenerateOptions
{
    public required RecipeOptions Recipe { get; init; }

    public required string Checkpoint { get; init; }

    /// <summary>The file of conversations to ask.</summary>
    public required string Questions { get; init; }

    /// <summary>The results, a file of comma-separated values.</summary>
    public required string Output { get; init; }

    /// <summary>The folder of the images; null: the folder of the questions.</summary>
    public string? Images { get; init; }

    /// <summary>Where to compute; null: the GPU if one works, else the CPU.</summary>
    public string? Device { get; init; }

    /// <summary>Throws away existing results.</summary>
    public bool Fresh { get; init; }

    /// <summary>Whether the CSV has no cell that a spreadsheet would compute.</summary>
    public bool SpreadsheetSafe { get; init; }

    public bool Json { get; init; }

    public AnswerSettings Answers { get; init; } = new();

    /// <exception cref="Errors.InputException">Answers cannot be made as told.</exception>
    public static GenerateOptions From(ParseResult parsed) => new()
    {
        Recipe = RecipeOptions.From(parsed),
        Checkpoint = parsed.RequiredPathOf("--checkpoint"),
        Questions = parsed.RequiredPathOf("--questions"),
        Output = parsed.RequiredPathOf("--out"),
        Images = parsed.PathOf("--images"),
        Device = parsed.GetValue<string?>("--device"),
        Fresh = parsed.GetValue<bool>("--fresh"),
        SpreadsheetSafe = parsed.GetValue<bool>("--spreadsheet-safe"),
        Json = parsed.GetValue<bool>("--json"),
        Answers = SamplingOptions.From(parsed, seed: 0),
    };
}
