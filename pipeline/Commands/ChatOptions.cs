using System.CommandLine;
using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Commands;

/// <summary>What <c>chat</c> is asked for.</summary>
internal sealed record ChatOptions
{
    public required RecipeOptions Recipe { get; init; }

    public required string Checkpoint { get; init; }

    /// <summary>Paths of the first question's images.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Where to compute; null: the GPU if one works, else the CPU.</summary>
    public string? Device { get; init; }

    /// <summary>
    /// Writes the conversation as JSON when it is over; the chat goes to standard error.
    /// </summary>
    public bool Json { get; init; }

    public AnswerSettings Answers { get; init; } = new();

    /// <exception cref="Errors.InputException">Answers cannot be made as told.</exception>
    public static ChatOptions From(ParseResult parsed) => new()
    {
        Recipe = RecipeOptions.From(parsed),
        Checkpoint = parsed.RequiredPathOf("--checkpoint"),
        Images = parsed.PathsOf("--image"),
        Device = parsed.GetValue<string?>("--device"),
        Json = parsed.GetValue<bool>("--json"),
        Answers = SamplingOptions.From(parsed, seed: Random.Shared.NextInt64(1_000_000)),
    };
}
