using System.Text;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
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

    private readonly string _path;
    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, (long Offset, long Length)> _entries;

    private TorchArchive(
        string path, string folder, IReadOnlyDictionary<string, (long Offset, long Length)> entries)
    {
        _path = path;
        _folder = folder;
        _entries = entries;
    }

    /// <summary>The file's tensors by name.</summary>
    /// <exception cref="ModelException">
    /// The file is cut off, or holds anything but tensors.
    /// </exception>
    public static IReadOnlyDictionary<string, TensorEntry> Read(string path)
    {
        try
        {
            using FileStream file = UserFile.OpenStream(path);
            IReadOnlyDictionary<string, (long Offset, long Length)> entries = StoredZip.Read(file);
            string pickle = entries.Keys.FirstOrDefault(IsPickle)
                ?? throw new InvalidDataException($"it has no '{PickleName}'");
            var archive = new TorchArchive(path, pickle[..^PickleName.Length], entries);
            return archive.ReadTensors(file, entries[pickle]);
        }
        catch (InvalidDataException exception)
        {
            throw new ModelException(
                $"'{path}' is not a file of PyTorch tensors that can be read: {exception.Message}.", exception);
        }
    }

    private static bool IsPickle(string name) =>
        name == PickleName || name.EndsWith("/" + PickleName, StringComparison.Ordinal);

    private Dictionary<string, TensorEntry> ReadTensors(FileStream file, (long Offset, long Length) pickle)
    {
        if (_entries.TryGetValue(_folder + "byteorder", out (long Offset, long Length) order)
            && Encoding.ASCII.GetString(Bytes(file, order)).Trim() != "little")
        {
            throw new InvalidDataException("its numbers are not little-endian");
        }

        return TensorUnpickler.Read(Bytes(file, pickle))
            .ToDictionary(tensor => tensor.Key, tensor => Entry(tensor.Key, tensor.Value));
    }

    private TensorEntry Entry(string name, PickledTensor tensor)
    {
        if (!_entries.TryGetValue($"{_folder}data/{tensor.Storage.Key}", out (long Offset, long Length) data))
            throw new InvalidDataException($"the bytes of '{name}' are not in it");
        long start = tensor.Offset * TensorEntry.ElementBytes(tensor.Storage.Type);
        var entry = new TensorEntry(
            _path, data.Offset + start, tensor.Storage.Type, tensor.Shape, tensor.Strides);
        bool isNegative = tensor.Offset < 0
            || tensor.Shape.Any(size => size < 0)
            || tensor.Strides.Any(stride => stride < 0);
        if (isNegative || start + entry.ExtentBytes > data.Length)
            throw new InvalidDataException($"'{name}' reaches beyond its bytes");
        return entry;
    }

    private static byte[] Bytes(FileStream file, (long Offset, long Length) entry)
    {
        byte[] bytes = new byte[entry.Length];
        file.Position = entry.Offset;
        file.ReadExactly(bytes);
        return bytes;
    }
}
