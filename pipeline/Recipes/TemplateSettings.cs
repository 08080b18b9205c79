using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Recipes;

/// <summary>The recipe's <c>template</c>.</summary>
internal sealed record TemplateSettings
{
    /// <summary>The released system's prompt.</summary>
    public const string DefaultSystem =
        "You are a helpful language and vision assistant. " +
        "You are able to understand the visual content that the user provides, " +
        "and assist the user with a variety of tasks using natural language.";

    /// <summary>A blank line follows it.</summary>
    [Meaning("The system prompt, once at the start of a conversation; empty: none.")]
    [Fingerprint(3), Decides(Outcome.Answers)]
    public string System { get; init; } = DefaultSystem;
}
