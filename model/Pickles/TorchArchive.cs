using System.Text;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Pickles;

// Own code, because a checkpoint must not run code, and mapping needs each tensor's offset in the
// file. TorchSharp.PyBridge reads every tensor into new memory (docs/decisions/0019).

/// <summary>
/// Reads a PyTorch checkpoint (<c>torch.save</c> since 1.6): a ZIP archive of a pickle,
/// <c>data.pkl</c>, and one entry of raw bytes for each storage.
/// </summary>
internal sealed class TorchArchive
{
    private const string PickleName = "data.pkl";
    private const string LittleEndian = "little";

    private readonly string _path;
    private readonly Stream _file;
    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, ByteRange> _entries;

    private TorchArchive(string path, Stream file, string folder, IReadOnlyDictionary<string, ByteRange> entries)
    {
        _path = path;
        _file = file;
        _folder = folder;
        _entries = entries;
    }

    /// <summary>The file's tensors by name.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is cut off, or holds anything but tensors.
    /// </exception>
    public static IReadOnlyDictionary<string, TensorEntry> Read(string path, Stream file)
    {
        IReadOnlyDictionary<string, ByteRange> entries = StoredZip.Read(file);
        string[] pickles = [.. entries.Keys.Where(IsPickle)];
        if (pickles.Length != 1)
        {
            throw new InvalidDataException(
                $"it has {(pickles.Length == 0 ? "no" : "more than one")} '{PickleName}', "
                + "so it is another ZIP archive than torch.save's");
        }

        var archive = new TorchArchive(path, file, pickles[0][..^PickleName.Length], entries);
        return archive.ReadTensors(entries[pickles[0]]);
    }

    private static bool IsPickle(string name) =>
        name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal);

    private Dictionary<string, TensorEntry> ReadTensors(ByteRange pickle)
    {
        if (_entries.TryGetValue(_folder + "byteorder", out ByteRange order)
            && Encoding.ASCII.GetString(Bytes(order, most: 64)).Trim() != LittleEndian)
        {
            throw new InvalidDataException("its numbers are not little-endian");
        }

        return TensorUnpickler.Read(Bytes(pickle, TensorUnpickler.MaxBytes))
            .ToDictionary(tensor => tensor.Key, tensor => Entry(tensor.Key, tensor.Value));
    }

    private TensorEntry Entry(string name, PickledTensor tensor) =>
        _entries.TryGetValue($"{_folder}data/{tensor.Storage.Key}", out ByteRange data)
            ? tensor.Place(name, _path, data)
            : throw new InvalidDataException($"the bytes of '{name}' are not in it");

    private byte[] Bytes(ByteRange entry, int most)
    {
        if (entry.Length > most)
        {
            throw new InvalidDataException(
                $"a part that is no tensor has {entry.Length:N0} bytes, and at most {most:N0} are read");
        }

        byte[] bytes = new byte[entry.Length];
        _file.Position = entry.Offset;
        _file.ReadExactly(bytes);
        return bytes;
    }
}
