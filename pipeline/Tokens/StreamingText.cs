using System.Text;

namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// Text that is shown while its ids are made. It comes in whole characters, and what could begin a
/// stop string is held back until that is decided. Put together it is
/// <see cref="SentencePieceTokenizer.Decode"/> of all ids, up to the first complete stop string.
/// </summary>
internal sealed class StreamingText
{
    private readonly TextDecoding _decoding;
    private readonly string[] _stops;

    // Decoded and not given out, because it may begin a stop string.
    private readonly StringBuilder _held = new();

    /// <param name="tokenizer">Decodes the ids.</param>
    /// <param name="stops">Where the text ends; a stop string does not belong to it.</param>
    /// <exception cref="ArgumentException">A stop string is empty.</exception>
    public StreamingText(SentencePieceTokenizer tokenizer, IEnumerable<string> stops)
    {
        _decoding = new TextDecoding(tokenizer);
        // The longest first: of two that are complete at the same character, it began first.
        _stops = [.. stops.OrderByDescending(stop => stop.Length)];
        if (_stops is [.., ""])
            throw new ArgumentException("A stop string is empty.", nameof(stops));
    }

    /// <summary>
    /// The stop string that came; null while none has. Nothing is given out after it.
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
        {
            Stop = Array.Find(_stops, stop => text.AsSpan(0, end).EndsWith(stop));
            if (Stop is not null)
                return text[..(end - Stop.Length)];
        }

        int certain = isLast ? text.Length : CertainLength(text);
        _held.Append(text.AsSpan(certain));
        return text[..certain];
    }

    // Characters before the first place where a stop string may have begun.
    private int CertainLength(string text)
    {
        int start = 0;
        while (start < text.Length && !Array.Exists(_stops, stop => stop.AsSpan().StartsWith(text.AsSpan(start))))
            start++;
        return start;
    }
}
