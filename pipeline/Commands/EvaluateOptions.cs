using System.CommandLine;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>evaluate</c> is asked for.</summary>
internal sealed record EvaluateOptions
{
    public required RecipeOptions Recipe { get; init; }

    public required string Checkpoint { get; init; }

    /// <summary>The folder of the shards.</summary>
    public required string Shards { get; init; }

    /// <summary><c>train</c> or <c>validation</c>.</summary>
    public required string Split { get; init; }

    /// <summary>Where to compute; null: the GPU if one works, else the CPU.</summary>
    public string? Device { get; init; }

    public bool Json { get; init; }

    public static EvaluateOptions From(ParseResult parsed) => new()
    {
        Recipe = RecipeOptions.From(parsed),
        Checkpoint = parsed.RequiredPathOf("--checkpoint"),
        Shards = parsed.RequiredPathOf("--shards"),
        Split = parsed.GetRequiredValue<string>("--split"),
        Device = parsed.GetValue<string?>("--device"),
        Json = parsed.GetValue<bool>("--json"),
    };
}
