namespace VisualChat.Pipeline.SampleWorld;

/// <summary>One message of a Sparkles dialogue.</summary>
/// <param name="Role"><c>user</c> or <c>assistant</c>.</param>
/// <param name="Content">
/// The text, with <c>IMAGE#id</c> for images and a mark where one is shown.
/// </param>
/// <param name="Images">The images the message brings.</param>
internal sealed record SparklesMessage(string Role, string Content, IReadOnlyList<SparklesImage> Images);
