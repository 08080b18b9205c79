using VisualChat.Model.Generation;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// What is computed of a conversation, part by part. The tokens of an answer may follow the parts;
/// <see cref="Truncate"/> takes them back.
/// </summary>
internal sealed class CachedConversation(ModelSession session) : IDisposable
{
    private readonly List<ConversationPart> _parts = [];

    public ModelSession Session { get; } = session;

    /// <summary>Whether an answer is being computed in it.</summary>
    public bool IsTaken { get; set; }

    /// <summary>How many parts are computed.</summary>
    public int PartCount => _parts.Count;

    /// <summary>
    /// How many of the first parts of another conversation are here, and can be gone back to.
    /// </summary>
    public int CountCommon(IReadOnlyList<ConversationPart> parts)
    {
        int count = 0;
        while (count < Math.Min(parts.Count, _parts.Count) && _parts[count].IsSame(parts[count]))
            count++;
        return Session.IsUnchangedUpTo(CountIds(count)) ? count : 0;
    }

    /// <summary>Drops everything after the first parts.</summary>
    public void Truncate(int partCount)
    {
        Session.Truncate(CountIds(partCount));
        _parts.RemoveRange(partCount, _parts.Count - partCount);
    }

    /// <summary>Computes one more part.</summary>
    public void Append(ConversationPart part)
    {
        Session.Append(part.Ids, [.. part.Images.Select(image => image.Crop)]);
        _parts.Add(part);
    }

    public void Dispose() => Session.Dispose();

    private int CountIds(int partCount) => _parts.Take(partCount).Sum(part => part.Ids.Length);
}
