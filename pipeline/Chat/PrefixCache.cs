using VisualChat.Model;
using VisualChat.Model.Generation;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// Conversations whose beginning is computed, within limits. Not thread safe.
/// </summary>
internal sealed class PrefixCache(ChatModel model, PrefixCacheLimits limits) : IDisposable
{
    // The least recently used first.
    private readonly List<CachedConversation> _conversations = [];

    public int Count => _conversations.Count;

    /// <summary>Positions of all conversations together.</summary>
    public int Positions => _conversations.Sum(conversation => conversation.Session.Length);

    /// <summary>
    /// Takes the cached conversation that shares most parts with the given one, or a new one. Of
    /// two that share as many it takes the one that loses fewer of its own. The last part is never
    /// among those reused: the answer begins with its logits.
    /// </summary>
    /// <returns>A conversation that is the caller's until <see cref="Return"/>.</returns>
    public CachedConversation Take(IReadOnlyList<ConversationPart> parts)
    {
        IReadOnlyList<ConversationPart> reusable = [.. parts.SkipLast(1)];
        (CachedConversation? conversation, int common) = _conversations
            .Where(cached => !cached.IsTaken)
            .Select(cached => (Conversation: cached, Common: cached.CountCommon(reusable)))
            .Where(cached => cached.Common > 0)
            .OrderByDescending(cached => cached.Common)
            .ThenBy(cached => cached.Conversation.PartCount)
            .FirstOrDefault();
        if (conversation is null)
            conversation = new CachedConversation(new ModelSession(model));
        else
            _ = _conversations.Remove(conversation);
        conversation.Truncate(common);
        conversation.IsTaken = true;
        _conversations.Add(conversation);
        Trim();
        return conversation;
    }

    /// <summary>Returns a conversation, whether its answer was finished or not.</summary>
    public void Return(CachedConversation conversation)
    {
        conversation.IsTaken = false;
        if (_conversations.Remove(conversation))
            _conversations.Add(conversation);
        Trim();
    }

    /// <summary>Frees what no answer is being computed in, for want of memory.</summary>
    /// <returns>Whether there was any.</returns>
    public bool DropUnused()
    {
        CachedConversation[] unused = [.. _conversations.Where(conversation => !conversation.IsTaken)];
        foreach (CachedConversation conversation in unused)
        {
            _ = _conversations.Remove(conversation);
            conversation.Dispose();
        }

        return unused.Length > 0;
    }

    public void Dispose()
    {
        foreach (CachedConversation conversation in _conversations)
            conversation.Dispose();
        _conversations.Clear();
    }

    private void Trim()
    {
        while (IsOverLimit && _conversations.Find(conversation => !conversation.IsTaken) is { } oldest)
        {
            _ = _conversations.Remove(oldest);
            oldest.Dispose();
        }
    }

    private bool IsOverLimit => Count > limits.Conversations || Positions > limits.Positions;
}
