using System.CommandLine;
using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Launching;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>blend</c> is asked for.</summary>
internal sealed record BlendOptions
{
    public required RecipeOptions Recipe { get; init; }

    /// <summary>The data root; null: the recipe's sample world.</summary>
    public string? Data { get; init; }

    /// <summary>Folders that links among the images may lead to besides.</summary>
    public IReadOnlyList<string> LinksMayLeadTo { get; init; } = [];

    /// <summary>The folder for the shards; null only for a dry run.</summary>
    public string? Output { get; init; }

    /// <summary>Shows the plan and writes nothing.</summary>
    public bool DryRun { get; init; }

    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Samples to make, the first of the shuffle; null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>The share of the shards to make; null: all.</summary>
    public Partition? Partition { get; init; }

    /// <summary>Throws away another recipe's shards.</summary>
    public bool Fresh { get; init; }

    public bool Json { get; init; }

    /// <summary>Where indexes and sample worlds are kept.</summary>
    public IndexCache Cache { get; init; } = IndexCache.OfUser();

    /// <exception cref="Errors.InputException">A value cannot be followed.</exception>
    public static BlendOptions From(ParseResult parsed)
    {
        var options = new BlendOptions
        {
            Recipe = RecipeOptions.From(parsed),
            Data = parsed.PathOf("--data"),
            LinksMayLeadTo = parsed.FoldersOf("--allow-links-to"),
            Output = parsed.PathOf("--out"),
            DryRun = parsed.GetValue<bool>("--dry-run"),
            Workers = parsed.GetValue<int>("--workers"),
            Limit = parsed.GetValue<int?>("--limit"),
            Partition = parsed.GetValue<string?>("--partition") is { } share
                ? Blending.Partition.Parse(share, LaunchEnvironment.OfThisProcess())
                : null,
            Fresh = parsed.GetValue<bool>("--fresh"),
            Json = parsed.GetValue<bool>("--json"),
        };
        CommonOptions.RefuseIf(options.Workers < 1, "--workers must be at least 1.");
        CommonOptions.RefuseIf(options.Limit < 1, "--limit must be at least 1.");
        CommonOptions.RefuseIf(
            !options.DryRun && options.Output is null,
            "blend needs --out DIR, the folder to write the shards to (or --dry-run).");
        return options;
    }
}
