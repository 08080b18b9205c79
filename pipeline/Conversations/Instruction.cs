namespace VisualChat.Pipeline.Conversations;

/// <summary>
/// What precedes a round's answer: text segments with one image between each two. Since images are
/// kept apart from text, a dataset's own <c>&lt;image&gt;</c> stays text.
/// </summary>
/// <param name="Segments">
/// One more than there are images; the last ends with <c>### Answer:\n</c>.
/// </param>
internal readonly record struct Instruction(string[] Segments)
{
    /// <summary>Images shown.</summary>
    public int Images => Segments.Length - 1;

    /// <summary>The instruction as a person reads it, images as <c>&lt;image&gt;</c>.</summary>
    public override string ToString() => string.Join("<image>", Segments);
}
