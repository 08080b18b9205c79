using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>A request for an answer, read and seen to make sense.</summary>
internal sealed record ChatRequest
{
    /// <summary>The model it asks for; null: whichever there is.</summary>
    public string? Model { get; init; }

    /// <summary>The system text; null: the recipe's.</summary>
    public string? System { get; init; }

    /// <summary>The rounds; the last has no answer yet.</summary>
    public required IReadOnlyList<RequestRound> Rounds { get; init; }

    /// <summary>How it is answered.</summary>
    public required AnswerSettings Settings { get; init; }

    /// <summary>Whether the answer comes in pieces.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether a last piece says what the answer took.</summary>
    public bool IncludeUsage { get; init; }
}
