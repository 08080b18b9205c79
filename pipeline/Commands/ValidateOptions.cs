using System.CommandLine;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>validate</c> is asked for.</summary>
internal sealed record ValidateOptions
{
    public required RecipeOptions Recipe { get; init; }

    /// <summary>The data root; null: the recipe's sample world, or no data at all.</summary>
    public string? Data { get; init; }

    /// <summary>Folders that links among the images may lead to besides.</summary>
    public IReadOnlyList<string> LinksMayLeadTo { get; init; } = [];

    /// <summary>Where the model is to be trained and used.</summary>
    public RunPlace Place { get; init; } = new([], null);

    public bool Json { get; init; }

    /// <summary>Where indexes and sample worlds are kept.</summary>
    public IndexCache Cache { get; init; } = IndexCache.OfUser();

    public static ValidateOptions From(ParseResult parsed) => new()
    {
        Recipe = RecipeOptions.From(parsed),
        Data = parsed.PathOf("--data"),
        LinksMayLeadTo = parsed.FoldersOf("--allow-links-to"),
        Place = new RunPlace(
            parsed.GetValue<string?>("--device")?.Split(',', StringSplitOptions.TrimEntries) ?? [],
            parsed.PathOf("--out")),
        Json = parsed.GetValue<bool>("--json"),
    };
}
