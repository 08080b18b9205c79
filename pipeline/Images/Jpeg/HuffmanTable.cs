using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Images.Jpeg;

/// <summary>
/// One Huffman table of a JPEG scan (ITU-T T.81, annex C and F.2.2), as a table over the next <see cref="LookupBits"/> bits. Where the
/// code and the magnitude bits after it fit into those, one lookup gives run, value and length: nearly every coefficient of a photograph.
/// </summary>
internal sealed class HuffmanTable
{
    /// <summary>Bits the table looks at: 4 KB a table, so that four of them stay in the first-level cache.</summary>
    public const int LookupBits = 10;

    /// <summary>
    /// [1 &lt;&lt; LookupBits] Bits 0..7: bits to consume. Bits 16..31: the coefficient's value, never 0; bits 8..15 then hold the run of zeros
    /// before it. Value 0: bits 8..15 hold the symbol, whose magnitude bits are still to be read. Entry 0: a longer code.
    /// </summary>
    public int[] Lookup { get; } = new int[1 << LookupBits];

    private readonly byte[] _symbols = new byte[256];
    private readonly int[] _limits = new int[17];
    private readonly int[] _offsets = new int[17];
    private readonly byte[] _source = new byte[16 + 256];
    private int _sourceLength;

    /// <summary>Whether the table was read.</summary>
    public bool IsDefined => _sourceLength > 0;

    /// <summary>Forgets the table, but keeps it for an equal one to come: most files of a set share their tables.</summary>
    public void Undefine() => _sourceLength = -Math.Abs(_sourceLength);

    /// <summary>Sets the table.</summary>
    /// <param name="definition">The 16 counts of codes by length, and the symbols.</param>
    /// <exception cref="RecordRejectedException">The counts describe no prefix code.</exception>
    public void Define(ReadOnlySpan<byte> definition)
    {
        if (definition.SequenceEqual(_source.AsSpan(0, Math.Abs(_sourceLength))))
        {
            _sourceLength = definition.Length;
            return;
        }

        _sourceLength = 0;
        ReadOnlySpan<byte> counts = definition[..16];
        definition[16..].CopyTo(_symbols);
        Array.Clear(Lookup);
        int code = 0;
        int symbolIndex = 0;
        for (int length = 1; length <= 16; length++)
        {
            _offsets[length] = symbolIndex - code;
            for (int i = 0; i < counts[length - 1]; i++, code++, symbolIndex++)
            {
                if (code >= 1 << length)
                    throw new RecordRejectedException(RejectReason.ImageDamaged, "a Huffman table of the JPEG has more codes than fit");
                if (length <= LookupBits)
                    Fill(code, length, _symbols[symbolIndex]);
            }

            _limits[length] = code << (16 - length);
            code <<= 1;
        }

        definition.CopyTo(_source);
        _sourceLength = definition.Length;
    }

    /// <summary>The symbol of a code longer than <see cref="LookupBits"/>.</summary>
    /// <param name="next16">The next 16 bits.</param>
    /// <param name="length">Bits of the code.</param>
    /// <exception cref="RecordRejectedException">No code begins like this.</exception>
    public int LongSymbol(int next16, out int length)
    {
        for (length = LookupBits + 1; length <= 16; length++)
        {
            if (next16 < _limits[length])
                return _symbols[(_offsets[length] + (next16 >> (16 - length))) & 255];
        }

        throw new RecordRejectedException(RejectReason.ImageDamaged, "the JPEG holds a code that is not in its Huffman table");
    }

    private void Fill(int code, int length, int symbol)
    {
        int free = LookupBits - length;
        int size = symbol & 15;
        int first = code << free;
        for (int rest = 0; rest < 1 << free; rest++)
        {
            if (size > 0 && size <= free)
            {
                int magnitude = rest >> (free - size);
                int value = magnitude >> (size - 1) == 0 ? magnitude - (1 << size) + 1 : magnitude;
                Lookup[first + rest] = (value << 16) | ((symbol >> 4) << 8) | (length + size);
            }
            else
                Lookup[first + rest] = (symbol << 8) | length;
        }
    }
}
