using System.Text;
using VisualChat.Model.Errors;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Chat;

/// <summary>An answer of <see cref="ChatEngine"/>.</summary>
internal sealed class ChatAnswer : IComputedAnswer
{
    // A model that does not end its answer continues with the template's next round. Line ends
    // before that belong to the template, not to the answer.
    private static readonly string[] RoundBeginnings =
    [
        .. from mark in new[] { "### Question:", "### Image" }
           from lineEnds in new[] { "", "\n", "\n\n" }
           select lineEnds + mark,
    ];

    private readonly SentencePieceTokenizer _tokenizer;
    private readonly PrefixCache _cache;
    private readonly CachedConversation _conversation;
    private readonly IReadOnlyList<ConversationPart> _parts;
    private readonly AnswerSettings _settings;
    private readonly StringBuilder _text = new();
    private bool _isBegun;
    private bool _isOver;

    public ChatAnswer(
        SentencePieceTokenizer tokenizer,
        PrefixCache cache,
        IReadOnlyList<ConversationPart> parts,
        int promptTokens,
        AnswerSettings settings)
    {
        _tokenizer = tokenizer;
        _cache = cache;
        _parts = parts;
        _settings = settings;
        _conversation = cache.Take(parts);
        PromptTokens = promptTokens;
        ReusedTokens = _conversation.Session.Length;
    }

    public int PromptTokens { get; }

    public int ReusedTokens { get; }

    public int CompletionTokens { get; private set; }

    /// <summary>The answer so far: all pieces that were read.</summary>
    public string Text => _text.ToString();

    public AnswerEnd? End { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="ModelException">
    /// The model produced NaN or infinity: its weights are damaged, or its type overflowed.
    /// </exception>
    /// <exception cref="DeviceMemoryException">The conversation does not fit.</exception>
    public IEnumerable<string> Pieces(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_isOver && !_isBegun, this);
        if (_isBegun)
            throw new InvalidOperationException($"The answer was read already; {nameof(Text)} has it.");
        _isBegun = true;
        return Read(cancellation);
    }

    /// <summary>Reads the whole answer.</summary>
    /// <returns><see cref="Text"/></returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <inheritdoc cref="Pieces" path="/exception"/>
    public string ReadToEnd(CancellationToken cancellation = default)
    {
        foreach (string _ in Pieces(cancellation))
            continue;
        return End == AnswerEnd.Cancelled ? throw new OperationCanceledException(cancellation) : Text;
    }

    /// <summary>
    /// Returns the conversation to the cache, whether the answer was read to its end or not.
    /// </summary>
    public void Dispose()
    {
        if (_isOver)
            return;
        _isOver = true;
        End ??= AnswerEnd.Cancelled;
        _cache.Return(_conversation);
    }

    // Conversations that are kept for later are worth less than this answer.
    private void Append(ConversationPart part)
    {
        try
        {
            _conversation.Append(part);
        }
        catch (DeviceMemoryException) when (_cache.DropUnused())
        {
            _conversation.Append(part);
        }
    }

    private IEnumerable<string> Read(CancellationToken cancellation)
    {
        using ChatAnswer release = this;
        while (_conversation.PartCount < _parts.Count)
        {
            if (cancellation.IsCancellationRequested || _isOver)
                yield break;
            Append(_parts[_conversation.PartCount]);
            yield return "";
        }

        TokenGeneration generation = NewGeneration();
        var text = new StreamingText(_tokenizer, [.. _settings.Stops, .. RoundBeginnings]);
        using IEnumerator<int> tokens = generation.Tokens(CancellationToken.None).GetEnumerator();
        while (text.Stop is null)
        {
            if (cancellation.IsCancellationRequested || _isOver)
                yield break;
            if (!tokens.MoveNext())
                break;
            CompletionTokens++;
            yield return Add(text.Append(tokens.Current));
        }

        string rest = Add(text.Finish());
        End = text.Stop is { } stop ? EndBy(stop) : EndBy(generation.End);
        if (rest.Length > 0)
            yield return rest;
    }

    private TokenGeneration NewGeneration()
    {
        var special = new SpecialTokens(_tokenizer.VocabularySize);
        int[] neverChosen = [special.ImageMark, special.Pad, _tokenizer.BosId];
        return new TokenGeneration(_conversation.Session, _settings.Sampling, [_tokenizer.EosId], neverChosen);
    }

    private AnswerEnd EndBy(string stop) =>
        _settings.Stops.Contains(stop) ? AnswerEnd.StopString : AnswerEnd.Complete;

    private static AnswerEnd EndBy(GenerationEnd? end) => end switch
    {
        GenerationEnd.EndToken => AnswerEnd.Complete,
        GenerationEnd.Full => AnswerEnd.Full,
        _ => AnswerEnd.TokenLimit,
    };

    private string Add(string piece)
    {
        _ = _text.Append(piece);
        return piece;
    }
}
