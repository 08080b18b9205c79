using System.CommandLine;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>sample-data</c> is asked for.</summary>
internal sealed record SampleDataOptions
{
    public required string Directory { get; init; }

    public required int Samples { get; init; }

    public required long Seed { get; init; }

    public bool Json { get; init; }

    public static SampleDataOptions From(ParseResult parsed) => new()
    {
        Directory = parsed.RequiredPathOf("DIR"),
        Samples = parsed.GetValue<int>("--samples"),
        Seed = parsed.GetValue<long>("--seed"),
        Json = parsed.GetValue<bool>("--json"),
    };
}
