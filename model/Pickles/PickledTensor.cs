using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Pickles;

/// <summary>A view of a storage.</summary>
/// <param name="Storage">The elements.</param>
/// <param name="Offset">The first element's index in the storage.</param>
/// <param name="Shape">The size of each dimension.</param>
/// <param name="Strides">Elements from one entry of a dimension to the next.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>The tensor where its storage's bytes lie.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="path">The file.</param>
    /// <param name="storage">The storage's bytes in it.</param>
    /// <exception cref="InvalidDataException">
    /// It reaches beyond them, or is larger than they are.
    /// </exception>
    public TensorEntry Place(string name, string path, ByteRange storage)
    {
        TensorEntry entry = TensorEntry.TryPlace(path, storage, Storage.Type, Shape, Strides, Offset)
            ?? throw new InvalidDataException($"'{name}' reaches beyond its bytes");

        // Elements that share a place take no room in the file, and all of it in memory.
        return entry.Bytes <= storage.Length
            ? entry
            : throw new InvalidDataException(
                $"'{name}' has {entry.Bytes:N0} bytes of elements in {storage.Length:N0} bytes of the file; "
                + "save a copy of it (contiguous() or clone() in PyTorch)");
    }
}
