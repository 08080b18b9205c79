using VisualChat.Model.Errors;

namespace VisualChat.Model.Generation;

/// <summary>One answer, token by token, of a session that has taken the prompt. Whoever reads may leave at any token, where the text so far says so.</summary>
/// <remarks>
/// A token is appended to the session when the next one is asked for: the last token that was read is not yet among the session's ids, and
/// neither is the one that ended the answer.
/// </remarks>
public sealed class TokenGeneration
{
    private readonly ModelSession _session;
    private readonly SamplingSettings _settings;
    private readonly HashSet<int> _endIds;
    private readonly TokenSampler _sampler;

    /// <summary>An answer.</summary>
    /// <param name="session">The conversation, up to where the answer begins.</param>
    /// <param name="settings">How tokens are chosen, and how many.</param>
    /// <param name="endIds">Ids that end the answer: of the end of a turn, and of the beginning of another.</param>
    /// <param name="excludedIds">Ids that are never chosen. An image's never is.</param>
    /// <exception cref="ModelException">The settings cannot be followed.</exception>
    public TokenGeneration(ModelSession session, SamplingSettings settings, IEnumerable<int> endIds, IEnumerable<int> excludedIds)
    {
        ArgumentNullException.ThrowIfNull(session);
        _session = session;
        _settings = settings;
        _endIds = [.. endIds];
        _sampler = new TokenSampler(settings, [.. excludedIds, session.ImageToken]);
    }

    /// <summary>Why the answer ended; null while it goes on, or where its reader left.</summary>
    public GenerationEnd? End { get; private set; }

    /// <summary>The answer's tokens, each computed when it is asked for. To be read once.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the session stays as it is between two tokens.</exception>
    /// <exception cref="ModelException">The logits are no numbers.</exception>
    public IEnumerable<int> Tokens(CancellationToken cancellation = default)
    {
        for (int ordinal = 0; ordinal < _settings.MaxNewTokens; ordinal++)
        {
            cancellation.ThrowIfCancellationRequested();
            int id = _sampler.Choose(_session.Logits, _session.Ids, ordinal);
            if (_endIds.Contains(id))
            {
                End = GenerationEnd.EndToken;
                yield break;
            }

            yield return id;
            if (ordinal == _settings.MaxNewTokens - 1)
                break;
            if (_session.Length == _session.MaxPositions)
            {
                End = GenerationEnd.Full;
                yield break;
            }

            cancellation.ThrowIfCancellationRequested();
            _session.Append([id]);
        }

        End = GenerationEnd.TokenLimit;
    }
}
