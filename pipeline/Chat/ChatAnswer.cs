using System.Text;
using VisualChat.Model.Errors;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Chat;

/// <summary>One answer, computed as it is read. Begun by <see cref="ChatEngine.Begin"/>.</summary>
public sealed class ChatAnswer : IDisposable
{
    // Where a model that does not end its answer goes on with another turn. The line ends before it are the turn's, not the answer's.
    private static readonly string[] TurnBeginnings =
        [.. from mark in new[] { "### Question:", "### Image" } from lineEnds in new[] { "", "\n", "\n\n" } select lineEnds + mark];

    private readonly SentencePieceTokenizer _tokenizer;
    private readonly PrefixCache _sessions;
    private readonly CachedConversation _session;
    private readonly IReadOnlyList<ConversationPart> _parts;
    private readonly AnswerSettings _settings;
    private readonly StringBuilder _text = new();
    private bool _isBegun;
    private bool _isOver;

    internal ChatAnswer(SentencePieceTokenizer tokenizer, PrefixCache sessions, IReadOnlyList<ConversationPart> parts, int promptTokens, AnswerSettings settings)
    {
        _tokenizer = tokenizer;
        _sessions = sessions;
        _parts = parts;
        _settings = settings;
        _session = sessions.Take(parts);
        PromptTokens = promptTokens;
        ReusedTokens = _session.Session.Length;
    }

    /// <summary>Tokens of the conversation before the answer, visual tokens counted.</summary>
    public int PromptTokens { get; }

    /// <summary>How many of them were computed before.</summary>
    public int ReusedTokens { get; }

    /// <summary>Tokens of the answer so far, those of a stop string included and an end token not.</summary>
    public int CompletionTokens { get; private set; }

    /// <summary>The answer so far: all pieces that were given.</summary>
    public string Text => _text.ToString();

    /// <summary>Why it ended; null while it goes on.</summary>
    public AnswerEnd? End { get; private set; }

    /// <summary>
    /// The answer's text, to be read once. A piece comes with each pass of the prompt and each token, so that several answers can be read in turns; it is empty while a character or
    /// what may become a stop string is not whole.
    /// </summary>
    /// <param name="cancellation">Ends the answer after the pass it is in, without an exception: <see cref="End"/> says so, and <see cref="Text"/> is what was said.</param>
    /// <exception cref="ModelException">What the model computes are no numbers.</exception>
    public IEnumerable<string> Pieces(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_isOver && !_isBegun, this);
        if (_isBegun)
            throw new InvalidOperationException("The answer was read already; its text is there.");
        _isBegun = true;
        return Read(cancellation);
    }

    /// <summary>Lets go of the conversation, whether the answer was read to its end or not.</summary>
    public void Dispose()
    {
        if (_isOver)
            return;
        _isOver = true;
        End ??= AnswerEnd.Cancelled;
        _sessions.Return(_session);
    }

    private IEnumerable<string> Read(CancellationToken cancellation)
    {
        using ChatAnswer letGo = this;
        while (_session.Count < _parts.Count)
        {
            if (cancellation.IsCancellationRequested || _isOver)
                yield break;
            _session.Append(_parts[_session.Count]);
            yield return "";
        }

        var special = new SpecialTokens(_tokenizer.VocabularySize);
        var generation = new TokenGeneration(_session.Session, _settings.Sampling, [_tokenizer.EosId], [special.ImageMark, special.Pad, _tokenizer.BosId]);
        var text = new StreamingText(_tokenizer, [.. _settings.Stops, .. TurnBeginnings]);
        using IEnumerator<int> tokens = generation.Tokens(CancellationToken.None).GetEnumerator();
        while (text.Stop is null)
        {
            if (cancellation.IsCancellationRequested || _isOver)
                yield break;
            if (!tokens.MoveNext())
                break;
            CompletionTokens++;
            yield return Give(text.Append(tokens.Current));
        }

        string rest = Give(text.Finish());
        End = text.Stop is { } stop
            ? _settings.Stops.Contains(stop) ? AnswerEnd.StopString : AnswerEnd.EndOfTurn
            : generation.End switch
            {
                GenerationEnd.EndToken => AnswerEnd.EndOfTurn,
                GenerationEnd.Full => AnswerEnd.Full,
                _ => AnswerEnd.TokenLimit,
            };
        if (rest.Length > 0)
            yield return rest;
    }

    private string Give(string piece)
    {
        _ = _text.Append(piece);
        return piece;
    }
}
