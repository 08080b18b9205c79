using System.Text;

namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// Text that is shown while its ids are made. It comes in whole characters, and what could be the
/// beginning of a stop string is held back until that is certain; put together it is
/// <see cref="SentencePieceTokenizer.Decode"/> of all ids, up to the stop string that is complete
/// first.
/// </summary>
public sealed class StreamingText
{
    private readonly TextDecoding _decoding;
    private readonly string[] _stops;

    // Decoded and not given out: a beginning of a stop string.
    private readonly StringBuilder _held = new();

    /// <summary>A text.</summary>
    /// <param name="tokenizer">Whose ids come.</param>
    /// <param name="stops">Where the text ends; a stop string is no part of it.</param>
    /// <exception cref="ArgumentException">A stop string is empty.</exception>
    public StreamingText(SentencePieceTokenizer tokenizer, IEnumerable<string> stops)
    {
        _decoding = new TextDecoding(tokenizer);
        // The longest first: of two that are complete at once, it begins first.
        _stops = [.. stops.OrderByDescending(stop => stop.Length)];
        if (_stops is [.., ""])
            throw new ArgumentException("A stop string is empty.", nameof(stops));
    }

    /// <summary>
    /// The stop string that came; null while none has. Whatever follows it is nothing.
    /// </summary>
    public string? Stop { get; private set; }

    /// <summary>Takes one more id.</summary>
    /// <returns>The text that has become certain; often none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Append(int id)
    {
        int seen = _held.Length;
        _decoding.Append(id, _held);
        return Release(seen, isLast: false);
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What was held back.</returns>
    public string Finish()
    {
        int seen = _held.Length;
        _decoding.Finish(_held);
        return Release(seen, isLast: true);
    }

    // seen: characters held after which stop strings were looked for already.
    private string Release(int seen, bool isLast)
    {
        string text = _held.ToString();
        _held.Clear();
        if (Stop is not null)
            return "";
        for (int end = seen + 1; end <= text.Length; end++)
            foreach (string stop in _stops)
                if (text.AsSpan(0, end).EndsWith(stop))
                {
                    Stop = stop;
                    return text[..(end - stop.Length)];
                }

        int certain = isLast ? text.Length : Enumerable.Range(0, text.Length).FirstOrDefault(start => IsBeginning(text.AsSpan(start)), text.Length);
        _held.Append(text.AsSpan(certain));
        return text[..certain];
    }

    private bool IsBeginning(ReadOnlySpan<char> text)
    {
        foreach (string stop in _stops)
            if (stop.AsSpan().StartsWith(text))
                return true;
        return false;
    }
}
