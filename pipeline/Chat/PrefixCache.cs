using VisualChat.Model;
using VisualChat.Model.Generation;

namespace VisualChat.Pipeline.Chat;

/// <summary>What is computed of several conversations, within limits. Not for use by several threads at once.</summary>
internal sealed class PrefixCache(ChatModel model, PrefixCacheLimits limits) : IDisposable
{
    // The least recently used first.
    private readonly List<CachedConversation> _sessions = [];

    /// <summary>Sessions that are there.</summary>
    public int Count => _sessions.Count;

    /// <summary>Positions of all of them.</summary>
    public int Positions => _sessions.Sum(session => session.Session.Length);

    /// <summary>
    /// A session for a conversation, its caller's until <see cref="Return"/>: the one with most of the conversation's parts, and of two with as many the one that loses
    /// fewest of its own. The last part is never among what it has: its logits are what the answer begins with.
    /// </summary>
    public CachedConversation Take(IReadOnlyList<ConversationPart> parts)
    {
        IReadOnlyList<ConversationPart> before = [.. parts.SkipLast(1)];
        (CachedConversation? session, int common) = _sessions
            .Where(kept => !kept.IsTaken)
            .Select(kept => (Session: kept, Common: kept.CountCommon(before)))
            .Where(kept => kept.Common > 0)
            .OrderByDescending(kept => kept.Common)
            .ThenBy(kept => kept.Session.Count)
            .FirstOrDefault();
        if (session is null)
            session = new CachedConversation(new ModelSession(model));
        else
            _ = _sessions.Remove(session);
        session.Keep(common);
        session.IsTaken = true;
        _sessions.Add(session);
        Trim();
        return session;
    }

    /// <summary>Gives a session back, its answer made or not.</summary>
    public void Return(CachedConversation session)
    {
        session.IsTaken = false;
        if (_sessions.Remove(session))
            _sessions.Add(session);
        Trim();
    }

    public void Dispose()
    {
        foreach (CachedConversation session in _sessions)
            session.Dispose();
        _sessions.Clear();
    }

    private void Trim()
    {
        while ((_sessions.Count > limits.Conversations || Positions > limits.Positions) && _sessions.Find(session => !session.IsTaken) is { } oldest)
        {
            _ = _sessions.Remove(oldest);
            oldest.Dispose();
        }
    }
}
