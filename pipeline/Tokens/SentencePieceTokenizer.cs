using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// Encodes and decodes text as SentencePiece does with a BPE model of LLaMA's kind: identity
/// normalisation, spaces kept and written as ▁, bytes for characters outside the vocabulary. Every
/// id is SentencePiece's own. Text that spells a control piece (<c>&lt;s&gt;</c>) is text.
/// Immutable to its callers; safe to use from many threads.
/// </summary>
/// <remarks>
/// Cost: one pass that looks up each character once to find where words end
/// (<see cref="WordBoundaries"/>); then a hash, a comparison and a copy for a word in the cache,
/// and at most three table probes a character for any other. Lower bound: reading the text and
/// writing the ids. A call allocates nothing beyond growth of the caller's list. A word of n
/// characters without any boundary costs O(n log n). Each encoding that runs at the same time holds
/// a cache of 1.1 MB.
/// </remarks>
internal sealed class SentencePieceTokenizer
{
    /// <summary>The file's name in a model's folder.</summary>
    public const string FileName = "tokenizer.model";

    private const char EscapedSpace = '\u2581';

    /// <summary>What a piece that stands for no byte has in <see cref="_byteOf"/>.</summary>
    private const short NoByte = -1;

    private readonly SentencePiece[] _pieces;
    private readonly bool _addDummyPrefix;
    private readonly WordBoundaries _boundaries;
    private readonly WordMerger _merger;
    private readonly ConcurrentQueue<WordCache> _idleCaches = new();

    // [256] Id of each byte's piece.
    private readonly int[] _byteIds = new int[256];

    // [vocabulary] What each id decodes to: the byte of a byte piece, else text, in both encodings.
    private readonly short[] _byteOf;
    private readonly string[] _surfaces;
    private readonly byte[][] _surfaceBytes;

    private SentencePieceTokenizer(SentencePieceModel model, string fingerprint)
    {
        _pieces = model.Pieces;
        _addDummyPrefix = model.AddDummyPrefix;
        BosId = model.BosId;
        EosId = model.EosId;
        Fingerprint = fingerprint;
        _boundaries = new WordBoundaries(_pieces);
        _merger = new WordMerger(new MergeRules(_pieces));
        _byteOf = Array.ConvertAll(_pieces, ByteOf);
        _surfaces = Array.ConvertAll(_pieces, piece => piece.Kind switch
        {
            PieceKind.Control or PieceKind.Byte => "",
            PieceKind.Unknown => model.UnknownSurface,
            _ => piece.Text.Replace(EscapedSpace, ' '),
        });
        LongestPiece = _surfaces.Max(surface => surface.Length);
        _surfaceBytes = Array.ConvertAll(_surfaces, Encoding.UTF8.GetBytes);
        for (int id = 0; id < _pieces.Length; id++)
        {
            if (_byteOf[id] == NoByte)
                continue;
            _byteIds[_byteOf[id]] = id;
            _surfaceBytes[id] = [(byte)_byteOf[id]];
        }
    }

    /// <summary>Number of pieces; ids run from 0.</summary>
    public int VocabularySize => _pieces.Length;

    /// <summary>Characters (UTF-16) of the piece that stands for most of them.</summary>
    public int LongestPiece { get; }

    /// <summary>Id of the piece that begins a sentence.</summary>
    public int BosId { get; }

    /// <summary>Id of the piece that ends a sentence.</summary>
    public int EosId { get; }

    /// <summary>SHA-256 of the model file, in lower-case hexadecimal.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads a <c>tokenizer.model</c> file.</summary>
    /// <exception cref="InputException">
    /// The file cannot be read, is not a SentencePiece model, or cannot be encoded exactly.
    /// </exception>
    public static SentencePieceTokenizer Load(string path)
    {
        byte[] file;
        try
        {
            file = UserFile.ReadAllBytes(path, FileLimits.Tokenizer);
        }
        catch (UserFileException exception)
        {
            string problem = UserFile.KindOf(path) == FileKind.Folder
                ? $"it is a folder that has no {FileName}; name the folder or file that has the SentencePiece model"
                : exception.Problem;
            throw new InputException(
                $"{path}: the tokenizer cannot be read ({problem}). Check the recipe's 'tokenizer'.");
        }

        SentencePieceModel model = SentencePieceModelReader.Read(path, file);
        return new SentencePieceTokenizer(model, Sha256.Of(file));
    }

    /// <summary>
    /// Appends the ids of a text: without begin or end, with SentencePiece's dummy prefix. Empty
    /// text appends nothing.
    /// </summary>
    /// <param name="text">UTF-16; a lone surrogate counts as U+FFFD.</param>
    /// <param name="ids">Receives the ids.</param>
    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (text.IsEmpty)
            return;

        char[]? buffer = null;
        if (!_idleCaches.TryDequeue(out WordCache? cache))
            cache = new WordCache();
        try
        {
            if (_addDummyPrefix)
            {
                buffer = ArrayPool<char>.Shared.Rent(text.Length + 1);
                buffer[0] = ' ';
                text.CopyTo(buffer.AsSpan(1));
                text = buffer.AsSpan(0, text.Length + 1);
            }

            while (!text.IsEmpty)
            {
                int length = _boundaries.WordLength(text);
                AppendWord(text[..length], cache, ids);
                text = text[length..];
            }
        }
        finally
        {
            _idleCaches.Enqueue(cache);
            if (buffer is not null)
                ArrayPool<char>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// The text of ids, as SentencePiece decodes them: without the dummy prefix, control pieces as
    /// nothing, each byte that is not valid UTF-8 as U+FFFD.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder(4 * ids.Length);
        var decoding = new TextDecoding(this);
        foreach (int id in ids)
            decoding.Append(id, text);
        decoding.Finish(text);
        return text.ToString();
    }

    /// <summary>
    /// Appends what one piece adds to a text: a byte piece its byte, ▁ as a space, a control piece
    /// nothing. For text that is shown while it is made: a character may lie in several pieces, and
    /// the text's first space is the dummy prefix.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public void DecodeBytes(int id, List<byte> utf8)
    {
        ArgumentNullException.ThrowIfNull(utf8);
        ThrowIfNoId(id);
        utf8.AddRange(_surfaceBytes[id].AsSpan());
    }

    /// <summary>
    /// The piece as the model spells it: <c>▁cat</c>, <c>&lt;0x0A&gt;</c>, <c>&lt;s&gt;</c>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string PieceOf(int id)
    {
        ThrowIfNoId(id);
        return _pieces[id].Text;
    }

    /// <summary>The byte that a byte piece is.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    internal bool TryGetByte(int id, out byte value)
    {
        ThrowIfNoId(id);
        value = unchecked((byte)_byteOf[id]);
        return _byteOf[id] != NoByte;
    }

    /// <summary>The text of a piece that is no byte.</summary>
    internal string SurfaceOf(int id) => _surfaces[id];

    /// <summary>
    /// Whether a piece's first space, where it opens a text, is the one that encoding put before
    /// it.
    /// </summary>
    internal bool MayBeginWithDummyPrefix(int id) =>
        _addDummyPrefix && _pieces[id].Kind == PieceKind.Normal && _pieces[id].Text[0] == EscapedSpace;

    private static short ByteOf(SentencePiece piece) =>
        piece.Kind == PieceKind.Byte ? (short)SentencePieceModelReader.ByteOf(piece.Text) : NoByte;

    private void AppendWord(ReadOnlySpan<char> word, WordCache cache, List<int> ids)
    {
        if (!WordCache.Takes(word))
        {
            AppendMerged(word, ids);
            return;
        }

        int slot = WordCache.SlotOf(word);
        if (cache.TryAppend(slot, word, ids))
            return;
        int start = ids.Count;
        AppendMerged(word, ids);
        cache.Keep(slot, word, CollectionsMarshal.AsSpan(ids)[start..]);
    }

    private void AppendMerged(ReadOnlySpan<char> word, List<int> ids)
    {
        int start = ids.Count;
        _merger.Append(word, ids);
        ReplaceCharacters(ids, start);
    }

    /// <summary>Puts the ids of its bytes in place of each character that is no piece.</summary>
    private void ReplaceCharacters(List<int> ids, int start)
    {
        Span<int> added = CollectionsMarshal.AsSpan(ids)[start..];
        int first = added.IndexOfAnyInRange(int.MinValue, -1);
        if (first < 0)
            return;

        int[] symbols = ArrayPool<int>.Shared.Rent(added.Length - first);
        int count = added.Length - first;
        added[first..].CopyTo(symbols);
        CollectionsMarshal.SetCount(ids, start + first);
        Span<byte> utf8 = stackalloc byte[4];
        foreach (int symbol in symbols.AsSpan(0, count))
        {
            if (symbol >= 0)
            {
                ids.Add(symbol);
                continue;
            }

            foreach (byte value in utf8[..new Rune(~symbol).EncodeToUtf8(utf8)])
                ids.Add(_byteIds[value]);
        }

        ArrayPool<int>.Shared.Return(symbols);
    }

    private void ThrowIfNoId(int id) =>
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)_pieces.Length, nameof(id));
}
