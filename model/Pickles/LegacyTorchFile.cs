using System.Buffers.Binary;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Pickles;

/// <summary>
/// Reads a checkpoint of <c>torch.save</c> before PyTorch 1.6, or with
/// <c>_use_new_zipfile_serialization=False</c>: pickles of a magic number, the format's version,
/// the machine's sizes, the tensors and the storages' keys; then each storage's element count and
/// raw bytes.
/// </summary>
internal static class LegacyTorchFile
{
    private const long FormatVersion = 1001;
    private const string LittleEndianKey = "little_endian";

    /// <summary>How every such file begins: the pickled magic number.</summary>
    public static ReadOnlySpan<byte> Magic =>
        [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.'];

    /// <summary>The file's tensors by name.</summary>
    /// <exception cref="InvalidDataException">
    /// The file is cut off, or holds anything but tensors.
    /// </exception>
    public static IReadOnlyDictionary<string, TensorEntry> Read(string path, Stream file)
    {
        byte[] start = new byte[Math.Min(file.Length, TensorUnpickler.MaxBytes)];
        file.Position = 0;
        file.ReadExactly(start);
        int at = Magic.Length;
        if (TensorUnpickler.ReadNext(start, ref at) is not FormatVersion)
            throw new InvalidDataException("it is of a version of torch.save that is not known");
        if (TensorUnpickler.ReadNext(start, ref at) is not Dictionary<string, object?> machine
            || machine.GetValueOrDefault(LittleEndianKey) is not true)
        {
            throw new InvalidDataException("its numbers are not little-endian");
        }

        IReadOnlyDictionary<string, PickledTensor> tensors =
            TensorUnpickler.Tensors(TensorUnpickler.ReadNext(start, ref at));
        if (TensorUnpickler.ReadNext(start, ref at) is not List<object?> keys)
            throw new InvalidDataException("it does not say which storages it has");
        Dictionary<string, PickledStorage> storages = [];
        foreach (PickledTensor tensor in tensors.Values)
            storages[tensor.Storage.Key] = tensor.Storage;
        Dictionary<string, ByteRange> places = Places(file, at, keys, storages);
        return tensors.ToDictionary(
            tensor => tensor.Key,
            tensor => places.TryGetValue(tensor.Value.Storage.Key, out ByteRange place)
                ? tensor.Value.Place(tensor.Key, path, place)
                : throw new InvalidDataException($"the bytes of '{tensor.Key}' are not in it"));
    }

    // A storage that no tensor uses has no known element size, so what follows it is not found.
    private static Dictionary<string, ByteRange> Places(
        Stream file, long at, List<object?> keys, Dictionary<string, PickledStorage> storages)
    {
        Dictionary<string, ByteRange> places = [];
        byte[] count = new byte[sizeof(long)];
        foreach (object? key in keys)
        {
            if (key is not string name || !storages.TryGetValue(name, out PickledStorage? storage))
                break;
            if (at > file.Length - count.Length)
                throw CutOff();
            file.Position = at;
            file.ReadExactly(count);
            long elements = BinaryPrimitives.ReadInt64LittleEndian(count);
            int bytes = TensorEntry.ElementBytes(storage.Type);
            at += count.Length;
            if (elements != storage.Elements || elements < 0 || elements > (file.Length - at) / bytes)
                throw CutOff();
            places[name] = new ByteRange(at, elements * bytes);
            at += elements * bytes;
        }

        return places;

        static InvalidDataException CutOff() => new("it is cut off, or its storages are not as long as it says");
    }
}
