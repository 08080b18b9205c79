using System.CommandLine;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>train</c> is asked for.</summary>
internal sealed record TrainOptions
{
    public required RecipeOptions Recipe { get; init; }

    /// <summary>The data root; null: the recipe's sample world.</summary>
    public string? Data { get; init; }

    /// <summary>Folders that links among the images may lead to besides.</summary>
    public IReadOnlyList<string> LinksMayLeadTo { get; init; } = [];

    /// <summary>The folder for shards, checkpoints and curves.</summary>
    public required string Output { get; init; }

    /// <summary>The folder of the shards; null: one in <see cref="Output"/>.</summary>
    public string? Shards { get; init; }

    /// <summary>Where to compute; null: the GPU if one works, else the CPU.</summary>
    public string? Device { get; init; }

    /// <summary>The step to stop after; null: the last.</summary>
    public int? MaxSteps { get; init; }

    /// <summary>
    /// Throws away checkpoints, and shards of another recipe in <see cref="Output"/>.
    /// </summary>
    public bool Fresh { get; init; }

    /// <summary>Writes lines of JSON to standard output.</summary>
    public bool Json { get; init; }

    /// <summary>Where indexes and sample worlds are kept.</summary>
    public IndexCache Cache { get; init; } = IndexCache.OfUser();

    /// <exception cref="Errors.InputException">A value cannot be followed.</exception>
    public static TrainOptions From(ParseResult parsed)
    {
        var options = new TrainOptions
        {
            Recipe = RecipeOptions.From(parsed),
            Data = parsed.PathOf("--data"),
            LinksMayLeadTo = parsed.FoldersOf("--allow-links-to"),
            Output = parsed.RequiredPathOf("--out"),
            Shards = parsed.PathOf("--shards"),
            Device = parsed.GetValue<string?>("--device"),
            MaxSteps = parsed.GetValue<int?>("--max-steps"),
            Fresh = parsed.GetValue<bool>("--fresh"),
            Json = parsed.GetValue<bool>("--json"),
        };
        CommonOptions.RefuseIf(options.MaxSteps < 1, "--max-steps must be at least 1.");
        return options;
    }
}
