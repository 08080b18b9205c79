using System.Buffers;
using System.Text;

namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// Decodes ids that come one by one. What is written is final: a character whose bytes lie in
/// several pieces is written with the last of them.
/// </summary>
internal sealed class TextDecoding(SentencePieceTokenizer tokenizer)
{
    // The bytes of a character that is not whole yet.
    private readonly byte[] _begun = new byte[4];
    private int _begunCount;
    private bool _hasText;
    private bool _atStart = true;
    private bool _tookPrefix;

    /// <summary>Writes what one more id makes certain.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public void Append(int id, StringBuilder text)
    {
        if (tokenizer.TryGetByte(id, out byte value))
        {
            _begun[_begunCount++] = value;
            WriteCharacters(text, isLast: false);
            return;
        }

        WriteCharacters(text, isLast: true);
        _atStart &= !_tookPrefix && !_hasText;
        _tookPrefix = _atStart && tokenizer.MayBeginWithDummyPrefix(id);
        ReadOnlySpan<char> surface = tokenizer.SurfaceOf(id).AsSpan(_tookPrefix ? 1 : 0);
        _hasText |= !surface.IsEmpty;
        text.Append(surface);
    }

    /// <summary>Writes the remaining bytes, which do not form a character.</summary>
    public void Finish(StringBuilder text) => WriteCharacters(text, isLast: true);

    private void WriteCharacters(StringBuilder text, bool isLast)
    {
        Span<char> units = stackalloc char[2];
        while (_begunCount > 0)
        {
            ReadOnlySpan<byte> begun = _begun.AsSpan(0, _begunCount);
            OperationStatus status = Rune.DecodeFromUtf8(begun, out Rune character, out int length);
            if (status == OperationStatus.NeedMoreData && !isLast)
                return;
            // SentencePiece replaces one byte at a time; .NET would replace a whole cut-off
            // sequence by one U+FFFD.
            int taken = status == OperationStatus.Done ? length : 1;
            text.Append(units[..character.EncodeToUtf16(units)]);
            _hasText = true;
            _begunCount -= taken;
            _begun.AsSpan(taken, _begunCount).CopyTo(_begun);
        }
    }
}
