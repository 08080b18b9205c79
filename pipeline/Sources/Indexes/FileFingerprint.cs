using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;

namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>
/// What tells a file from any other, and from itself after a change, without reading it: path,
/// length, time, both ends.
/// </summary>
internal static class FileFingerprint
{
    private const int EndBytes = 4096;

    /// <summary>The fingerprint, a SHA-256.</summary>
    /// <param name="path">The file's full path.</param>
    /// <param name="kind">What is made of the file, with its version.</param>
    public static byte[] Of(string path, string kind)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using SafeFileHandle handle = UserFile.Open(path, out FileIdentity identity);
        (long length, long time) = (identity.Bytes, identity.ModifiedNanoseconds);
        hash.AppendData(Encoding.UTF8.GetBytes($"{kind}\0{path}\0{length}\0{time}\0"));
        Span<byte> end = stackalloc byte[EndBytes];
        hash.AppendData(end[..RandomAccess.Read(handle, end, 0)]);
        hash.AppendData(end[..RandomAccess.Read(handle, end, Math.Max(0, length - EndBytes))]);
        return hash.GetHashAndReset();
    }
}
