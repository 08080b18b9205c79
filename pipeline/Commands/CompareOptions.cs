using System.CommandLine;
using VisualChat.Pipeline.Comparing;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>compare</c> is asked for.</summary>
internal sealed record CompareOptions
{
    public required RecipeOptions Recipe { get; init; }

    /// <summary>Each <c>--vary</c>, as it was given.</summary>
    public required IReadOnlyList<string> Vary { get; init; }

    /// <summary>How many seeds each variant is trained with.</summary>
    public required int Seeds { get; init; }

    /// <summary>The folder for shards, runs, page and table.</summary>
    public required string Output { get; init; }

    /// <summary>The folder of the shards; null: one in <see cref="Output"/>.</summary>
    public string? Shards { get; init; }

    /// <summary>The data root; null: the recipe's sample world.</summary>
    public string? Data { get; init; }

    /// <summary>Folders that links among the images may lead to besides.</summary>
    public IReadOnlyList<string> LinksMayLeadTo { get; init; } = [];

    /// <summary>Where to compute; null: the GPU if one works, else the CPU.</summary>
    public string? Device { get; init; }

    /// <summary>
    /// Throws away the runs, and shards of another recipe in <see cref="Output"/>.
    /// </summary>
    public bool Fresh { get; init; }

    /// <summary>
    /// The run that this process trains, by its place in the plan: <see cref="RunProcess"/> starts
    /// it. Null: the process that a person started.
    /// </summary>
    public int? Run { get; init; }

    /// <summary>Where indexes and sample worlds are kept.</summary>
    public IndexCache Cache { get; init; } = IndexCache.OfUser();

    /// <summary>What is compared.</summary>
    /// <exception cref="Errors.InputException">It cannot be; every problem.</exception>
    public ComparisonPlan Plan() =>
        ComparisonPlan.Of(Vary, Seeds, Path.GetFullPath(Output), varied => Recipe.Read(varied));

    /// <summary>The arguments of a process that trains one run.</summary>
    /// <param name="run">Its place in the plan.</param>
    /// <param name="device">Where it computes.</param>
    public IReadOnlyList<string> ArgumentsOf(int run, string device) =>
    [
        "compare",
        Recipe.Path,
        .. Vary.SelectMany(varied => new[] { "--vary", varied }),
        "--seeds", $"{Seeds}",
        "--out", Output,
        .. Shards is null ? Array.Empty<string>() : ["--shards", Shards],
        .. Data is null ? Array.Empty<string>() : ["--data", Data],
        "--device", device,
        .. Recipe.Overrides.SelectMany(setting => new[] { "--set", setting }),
        "--run", $"{run}",
    ];

    /// <exception cref="Errors.InputException">A value cannot be followed.</exception>
    public static CompareOptions From(ParseResult parsed)
    {
        var options = new CompareOptions
        {
            Recipe = RecipeOptions.From(parsed),
            Vary = parsed.GetRequiredValue<string[]>("--vary"),
            Seeds = parsed.GetValue<int>("--seeds"),
            Output = parsed.RequiredPathOf("--out"),
            Shards = parsed.PathOf("--shards"),
            Data = parsed.PathOf("--data"),
            LinksMayLeadTo = parsed.FoldersOf("--allow-links-to"),
            Device = parsed.GetValue<string?>("--device"),
            Fresh = parsed.GetValue<bool>("--fresh"),
            Run = parsed.GetValue<int?>("--run"),
        };
        CommonOptions.RefuseIf(options.Seeds < 1, "--seeds must be at least 1.");
        return options;
    }
}
