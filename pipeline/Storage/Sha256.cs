using System.Security.Cryptography;
using VisualChat.Model.Files;

namespace VisualChat.Pipeline.Storage;

/// <summary>SHA-256 as lower-case hex (2 GB/s).</summary>
internal static class Sha256
{
    private const int PieceBytes = 1 << 20;

    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <exception cref="IOException">The storage failed.</exception>
    public static string OfFile(string path)
    {
        using FileStream file = UserFile.OpenStream(path, bufferSize: 0, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <param name="path">The file.</param>
    /// <param name="read">Called with the number of bytes of each piece read, for progress.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public static async Task<string> OfFileAsync(string path, Action<long>? read, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using FileStream file = UserFile.OpenStream(path, bufferSize: 0, FileOptions.SequentialScan);
        byte[] piece = new byte[PieceBytes];
        for (int count = await file.ReadAsync(piece, cancellation);
            count > 0;
            count = await file.ReadAsync(piece, cancellation))
        {
            hash.AppendData(piece, 0, count);
            read?.Invoke(count);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
