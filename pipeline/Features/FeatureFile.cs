using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Model.Safetensors;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Features;

// N images, P visual tokens, F width.

/// <summary>
/// One file of features, read in place: safetensors with <c>keys</c> [N, 32], <c>checksums</c>
/// [N, 32] and <c>features</c> [N, P, F].
/// </summary>
/// <remarks>
/// Opened for each image: 20 µs beside the half millisecond that reading and hashing the features
/// of ViT-L/14 take, and no limit on how many files there may be.
/// </remarks>
internal sealed class FeatureFile
{
    public const string Keys = "keys";
    public const string Checksums = "checksums";
    public const string Features = "features";

    private readonly long _checksumsAt;
    private readonly long _featuresAt;

    private FeatureFile(string path, IReadOnlyList<ImageKey> images, long checksumsAt, long featuresAt)
    {
        Path = path;
        Images = images;
        _checksumsAt = checksumsAt;
        _featuresAt = featuresAt;
    }

    public string Path { get; }

    /// <summary>Its images, in order.</summary>
    public IReadOnlyList<ImageKey> Images { get; }

    /// <summary>Reads the header and the keys.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytesEach">Bytes of an image's features.</param>
    /// <exception cref="WorkException">It is damaged.</exception>
    public static FeatureFile Open(string path, int bytesEach)
    {
        try
        {
            using FileStream file = UserFile.OpenStream(path, bufferSize: 0);
            IReadOnlyDictionary<string, StoredTensor> tensors = SafetensorsFile.Read(path, file);
            if (!tensors.TryGetValue(Keys, out StoredTensor keys)
                || !tensors.TryGetValue(Checksums, out StoredTensor checksums)
                || !tensors.TryGetValue(Features, out StoredTensor features))
            {
                throw new InvalidDataException("it lacks keys, checksums or features");
            }

            long images = keys.Bytes / ImageKey.Bytes;
            if (checksums.Bytes != keys.Bytes || features.Bytes != images * bytesEach)
                throw new InvalidDataException("its tensors are not of the same images");
            byte[] read = new byte[keys.Bytes];
            if (file.SafeFileHandle.ReadUntilFull(read, keys.Offset) < read.Length)
                throw new InvalidDataException("it is cut off");
            ImageKey[] each = [.. read.Chunk(ImageKey.Bytes).Select(key => ImageKey.Read(key))];
            return new FeatureFile(path, each, checksums.Offset, features.Offset);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(path, exception);
        }
    }

    /// <summary>Reads an image's features and compares them with their checksum.</summary>
    /// <param name="row">The image's place among <see cref="Images"/>.</param>
    /// <param name="room">As many bytes as they have.</param>
    /// <exception cref="WorkException">They are damaged, or cannot be read.</exception>
    public void Read(int row, Span<byte> room)
    {
        Span<byte> stored = stackalloc byte[SHA256.HashSizeInBytes], found = stackalloc byte[SHA256.HashSizeInBytes];
        try
        {
            using SafeFileHandle file = File.OpenHandle(Path);
            int read = file.ReadUntilFull(stored, _checksumsAt + ((long)row * stored.Length));
            read += file.ReadUntilFull(room, _featuresAt + ((long)row * room.Length));
            if (read < stored.Length + room.Length)
                throw Damaged(Path, null);
        }
        catch (Exception exception) when (StorageFailure.Is(exception))
        {
            throw new WorkException(
                $"'{Path}' cannot be read: {exception.Message} Put it right and run the same command again.",
                exception);
        }

        Sum(Images[row], room, found);
        if (!stored.SequenceEqual(found))
            throw Damaged(Path, null);
    }

    /// <summary>
    /// The checksum of an image's features and of its key: features of another image are damage,
    /// too.
    /// </summary>
    public static void Sum(ImageKey image, ReadOnlySpan<byte> features, Span<byte> checksum)
    {
        Span<byte> key = stackalloc byte[ImageKey.Bytes];
        image.Write(key);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(key);
        hash.AppendData(features);
        _ = hash.GetHashAndReset(checksum);
    }

    private static WorkException Damaged(string path, Exception? cause) => new(
        $"'{path}' is damaged{(cause is null ? ": it is not what was written" : $" ({cause.Message})")}. "
        + "Delete it and run 'visualchat encode' again: it makes those features again and keeps the others.",
        cause);
}
