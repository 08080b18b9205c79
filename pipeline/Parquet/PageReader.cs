using Microsoft.Win32.SafeHandles;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Parquet;

/// <summary>
/// Reads and decompresses a file's pages, each into the same memory as the one before.
/// </summary>
internal sealed class PageReader(SafeFileHandle file)
{
    private byte[] _compressed = [];
    private byte[] _page = [];

    /// <summary>The page read last starts here. Other bytes may follow it.</summary>
    public byte[] Buffer => _page;

    /// <summary>Reads a page into <see cref="Buffer"/>.</summary>
    /// <exception cref="FormatException">The page is damaged.</exception>
    /// <exception cref="NotSupportedException">Its codec is unknown.</exception>
    public void Read(in PageLocation page)
    {
        if (_compressed.Length < page.CompressedBytes)
            _compressed = new byte[page.CompressedBytes];
        if (_page.Length < page.UncompressedBytes)
            _page = new byte[page.UncompressedBytes];

        ReadRaw(file, _compressed.AsSpan(0, page.CompressedBytes), page.Offset);
        _compressed.AsSpan(0, page.PlainBytes).CopyTo(_page);
        byte[] body = page.PlainBytes == 0 ? _compressed : _compressed[page.PlainBytes..page.CompressedBytes];
        Span<byte> target = _page.AsSpan(page.PlainBytes, page.UncompressedBytes - page.PlainBytes);
        PageCodec.Decompress(page.Codec, body, page.CompressedBytes - page.PlainBytes, target);
    }

    /// <summary>Reads one page into an array of its own.</summary>
    /// <exception cref="FormatException">The page is damaged.</exception>
    /// <exception cref="NotSupportedException">Its codec is unknown.</exception>
    public static byte[] ReadOnce(SafeFileHandle file, in PageLocation page)
    {
        var reader = new PageReader(file);
        reader.Read(page);
        return reader.Buffer;
    }

    public static void ReadRaw(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        if (file.ReadUntilFull(bytes, offset) < bytes.Length)
            throw new FormatException("the file ends in the middle of a page");
    }
}
