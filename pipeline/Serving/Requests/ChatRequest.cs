using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>A request for an answer, read and checked.</summary>
internal sealed record ChatRequest
{
    /// <summary>The model it asks for; null for the one that is served.</summary>
    public string? Model { get; init; }

    /// <summary>The system text; null for the recipe's.</summary>
    public string? System { get; init; }

    /// <summary>The rounds; the last one has no answer yet.</summary>
    public required IReadOnlyList<RequestRound> Rounds { get; init; }

    /// <summary>How the answer is made.</summary>
    public required AnswerSettings Settings { get; init; }

    /// <summary>Whether the answer comes in pieces.</summary>
    public bool Stream { get; init; }

    /// <summary>Whether a last piece says how many tokens the answer took.</summary>
    public bool IncludeUsage { get; init; }
}
