using System.CommandLine;
using System.CommandLine.Parsing;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>inspect</c> is asked for.</summary>
internal sealed record InspectOptions
{
    public const int DefaultPageSamples = 100;

    /// <summary>The folder that <c>blend</c> wrote.</summary>
    public required string Folder { get; init; }

    /// <summary>One sample's id, or its number in the split; null: a summary of all.</summary>
    public string? Sample { get; init; }

    /// <summary>The only split to show; null: all.</summary>
    public string? Split { get; init; }

    /// <summary>The file for a page of samples; null: no page.</summary>
    public string? Html { get; init; }

    /// <summary>Samples on the page.</summary>
    public int PageSamples { get; init; } = DefaultPageSamples;

    /// <summary>The file for the sample's tensors; null: none.</summary>
    public string? Tensors { get; init; }

    public bool Json { get; init; }

    public static InspectOptions From(ParseResult parsed) => new()
    {
        Folder = parsed.RequiredPathOf("DIR"),
        Sample = parsed.GetValue<string>("--sample"),
        Split = parsed.GetValue<string>("--split"),
        Html = parsed.PathOf("--html"),
        PageSamples = parsed.GetValue<int>("--samples"),
        Tensors = parsed.PathOf("--tensors"),
        Json = parsed.GetValue<bool>("--json"),
    };

    /// <summary>Refuses options that exclude each other, as wrong usage.</summary>
    public static void Refuse(CommandResult given)
    {
        if (given.GetResult("--tensors") is not null && given.GetResult("--sample") is null)
            given.AddError("--tensors needs --sample: which sample's tensors?");
        if (given.GetResult("--samples") is not OptionResult { Implicit: false })
            return;
        if (given.GetResult("--html") is null)
            given.AddError("--samples is for the page that --html writes.");
        if (given.GetValue<int>("--samples") < 1)
            given.AddError("--samples must be at least 1.");
    }
}
