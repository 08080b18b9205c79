using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>The questions that caption sets, which have none, are asked with.</summary>
internal static class CaptionPrompts
{
    private static readonly string[] Prompts =
    [
        "Describe this image.",
        "Please describe the picture.",
        "What does this photo show?",
        "What can be seen here?",
        "Write a caption for this image.",
        "Tell me what you see in this picture.",
        "What is going on in this image?",
        "Put the content of this photo into words.",
        "How would you describe this scene?",
        "What is in this picture?",
        "Give a description of this photograph.",
        "Could you say what is depicted here?",
        "Sum up what the image shows.",
        "Explain to someone who cannot see it what this image shows.",
        "What would you write under this photo?",
        "I would like to know what is in this image.",
    ];

    /// <summary>Draws one.</summary>
    public static string Draw(ref KeyedRandom random) => Prompts[random.Next(Prompts.Length)];
}
