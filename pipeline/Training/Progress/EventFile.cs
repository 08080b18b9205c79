using System.Buffers.Binary;
using Tensorboard;
using VisualChat.Model.Files;

namespace VisualChat.Pipeline.Training.Progress;

/// <summary>
/// A TensorBoard event file: records of a length (8 bytes), its checksum (4), an
/// <see cref="Event"/>, and its checksum (4).
/// </summary>
internal static class EventFile
{
    private const int HeaderBytes = 12;
    private const int ChecksumBytes = 4;

    /// <summary>The complete events of a file, each with the position of its end.</summary>
    public static IEnumerable<(Event Happened, long End)> Read(string path)
    {
        using FileStream file = UserFile.OpenStream(path);
        byte[] header = new byte[HeaderBytes];
        while (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) == HeaderBytes)
        {
            long length = BinaryPrimitives.ReadInt64LittleEndian(header);
            if (length < 0 || length + ChecksumBytes > file.Length - file.Position)
                yield break;
            byte[] data = new byte[length + ChecksumBytes];
            file.ReadExactly(data);

            // TorchSharp's generated code is older than Protobuf's reading from spans.
            yield return (Event.Parser.ParseFrom(data, 0, (int)length), file.Position);
        }
    }

    /// <summary>
    /// Cuts a file off before the first event of a later step, or one that a killed process left
    /// unfinished.
    /// </summary>
    public static void CutBack(string path, int step)
    {
        long end = 0;
        foreach ((Event happened, long eventEnd) in Read(path))
        {
            if (happened.Step > step)
                break;
            end = eventEnd;
        }

        using FileStream file = File.OpenWrite(path);
        file.SetLength(end);
    }
}
