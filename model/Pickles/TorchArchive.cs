using VisualChat.Model.Errors;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Pickles;

/// <summary>Reads a PyTorch checkpoint (<c>torch.save</c> since 1.6): a ZIP archive of one pickle, <c>data.pkl</c>, and an entry of raw bytes per storage.</summary>
internal static class TorchArchive
{
    /// <summary>The file's tensors by name.</summary>
    /// <exception cref="ModelException">The file is cut off, or holds anything but tensors.</exception>
    public static IReadOnlyDictionary<string, TensorEntry> Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            IReadOnlyDictionary<string, (long Offset, long Length)> entries = StoredZip.Read(file);
            string pickle = entries.Keys.FirstOrDefault(name => name == "data.pkl" || name.EndsWith("/data.pkl", StringComparison.Ordinal))
                ?? throw new InvalidDataException("it has no 'data.pkl'");
            string folder = pickle[..^"data.pkl".Length];
            if (entries.TryGetValue(folder + "byteorder", out (long Offset, long Length) order) && Text(file, order) != "little")
                throw new InvalidDataException("its numbers are not little-endian");
            return TensorUnpickler.Read(Bytes(file, entries[pickle])).ToDictionary(tensor => tensor.Key, tensor => Entry(path, tensor.Key, tensor.Value, entries, folder));
        }
        catch (InvalidDataException exception)
        {
            throw new ModelException($"'{path}' is no file of PyTorch tensors that can be read: {exception.Message}.", exception);
        }
    }

    private static TensorEntry Entry(string path, string name, PickledTensor tensor, IReadOnlyDictionary<string, (long Offset, long Length)> entries, string folder)
    {
        if (!entries.TryGetValue($"{folder}data/{tensor.Storage.Key}", out (long Offset, long Length) data))
            throw new InvalidDataException($"the bytes of '{name}' are not in it");
        int bytes = TensorEntry.ElementBytes(tensor.Storage.Type);
        var entry = new TensorEntry(path, data.Offset + (tensor.Offset * bytes), tensor.Storage.Type, tensor.Shape, tensor.Strides);
        if (tensor.Offset < 0 || tensor.Shape.Any(size => size < 0) || tensor.Strides.Any(stride => stride < 0) || (tensor.Offset * bytes) + entry.ExtentBytes > data.Length)
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

    private static string Text(FileStream file, (long Offset, long Length) entry) => System.Text.Encoding.ASCII.GetString(Bytes(file, entry)).Trim();
}
