using VisualChat.Model.Errors;

namespace VisualChat.Model.Generation;

/// <summary>
/// One answer, token by token, of a session that has taken the prompt. The reader may stop at any
/// token, for example when the text so far says so.
/// </summary>
/// <remarks>
/// A token is appended to the session when the next one is asked for. So the last token that was
/// read is not yet among the session's ids, and neither is the one that ended the answer.
/// </remarks>
public sealed class TokenGeneration
{
    private readonly ModelSession _session;
    private readonly SamplingSettings _settings;
    private readonly HashSet<int> _endIds;
    private readonly int[] _excludedIds;

    /// <summary>Prepares an answer.</summary>
    /// <param name="session">The conversation, up to where the answer begins.</param>
    /// <param name="settings">How tokens are chosen, and how many.</param>
    /// <param name="endIds">Ids that end the answer.</param>
    /// <param name="excludedIds">Ids that are never chosen. The image's id never is.</param>
    /// <exception cref="ModelException">The settings are not valid.</exception>
    public TokenGeneration(
        ModelSession session, SamplingSettings settings, IEnumerable<int> endIds, IEnumerable<int> excludedIds)
    {
        ArgumentNullException.ThrowIfNull(session);
        _session = session;
        _settings = settings.Checked();
        _endIds = [.. endIds];
        _excludedIds = [.. excludedIds, session.ImageToken];
    }

    /// <summary>
    /// Why the answer ended; null if it has not ended, or its reader stopped before the end.
    /// </summary>
    public GenerationEnd? End { get; private set; }

    /// <summary>The answer's tokens, each computed when it is asked for. Read them once.</summary>
    /// <exception cref="OperationCanceledException">
    /// It was cancelled; the session stays as it is between two tokens.
    /// </exception>
    /// <exception cref="ModelException">
    /// The logits are NaN: the model's weights are damaged, or its type overflowed.
    /// </exception>
    public IEnumerable<int> Tokens(CancellationToken cancellation = default)
    {
        using DeviceSampler? onDevice =
            _session.ChoosesOnDevice ? new DeviceSampler(_settings, _excludedIds, _session.Transfers) : null;
        TokenSampler? onHost = onDevice is null ? new TokenSampler(_settings, _excludedIds) : null;
        for (int ordinal = 0; ordinal < _settings.MaxNewTokens; ordinal++)
        {
            cancellation.ThrowIfCancellationRequested();
            int id = onDevice?.Choose(_session.DeviceLogits, _session.Ids, ordinal)
                ?? onHost!.Choose(_session.Logits, _session.Ids, ordinal);
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
