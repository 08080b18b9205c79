using System.CommandLine;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>encode</c> is asked for.</summary>
internal sealed record EncodeOptions
{
    public required RecipeOptions Recipe { get; init; }

    /// <summary>The folder of the shards.</summary>
    public required string Shards { get; init; }

    /// <summary>The folder of the features.</summary>
    public required string Output { get; init; }

    /// <summary>Where to compute; null: the GPU if one works, else the CPU.</summary>
    public string? Device { get; init; }

    public bool Json { get; init; }

    public static EncodeOptions From(ParseResult parsed) => new()
    {
        Recipe = RecipeOptions.From(parsed),
        Shards = parsed.RequiredPathOf("--shards"),
        Output = parsed.RequiredPathOf("--out"),
        Device = parsed.GetValue<string?>("--device"),
        Json = parsed.GetValue<bool>("--json"),
    };
}
