using System.Runtime.InteropServices;
using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using static TorchSharp.torch;

namespace VisualChat.Model.TensorFiles;

/// <summary>Tensors as views of memory-mapped files.</summary>
/// <remarks>
/// Nothing is read before it is used, and other processes share the pages. A file stays mapped as
/// long as a view of it lives. Each file is mapped once for each element type.
/// </remarks>
internal sealed class MappedFiles : IDisposable
{
    private readonly Dictionary<(string Path, ScalarType Type), Tensor> _maps = [];

    /// <summary>
    /// A view of a tensor; a copy if its offset is not a multiple of the element size.
    /// </summary>
    /// <exception cref="ModelException">
    /// The file has changed since its header was read, or cannot be mapped.
    /// </exception>
    public Tensor Load(TensorEntry entry)
    {
        using DisposeScope scope = NewDisposeScope();
        int bytes = TensorEntry.ElementBytes(entry.Type);
        if (entry.ExtentBytes == 0)
            return empty(entry.Shape, dtype: entry.Type).MoveToOuterDisposeScope();
        try
        {
            if (entry.Offset % bytes != 0)
                return Copy(entry).MoveToOuterDisposeScope();
            if (!_maps.TryGetValue((entry.Path, entry.Type), out Tensor? map))
            {
                // Not shared: a shared map would open the file for writing.
                map = from_file(entry.Path, shared: false, size: Length(entry) / bytes, dtype: entry.Type)
                    .DetachFromDisposeScope();
                _maps.Add((entry.Path, entry.Type), map);
            }

            return map.as_strided(entry.Shape, entry.Strides, entry.Offset / bytes).MoveToOuterDisposeScope();
        }
        catch (Exception exception) when (exception is ExternalException or IOException)
        {
            throw new ModelException(
                $"'{entry.Path}' cannot be mapped: {exception.Message.Split('\n')[0]}", exception);
        }
    }

    /// <summary>Releases the maps. Views keep their own reference.</summary>
    public void Dispose()
    {
        foreach (Tensor map in _maps.Values)
            map.Dispose();
    }

    private static Tensor Copy(TensorEntry entry)
    {
        long bytes = entry.ExtentBytes;
        Tensor copy = empty([bytes / TensorEntry.ElementBytes(entry.Type)], dtype: entry.Type);
        using FileStream file = UserFile.OpenStream(entry.Path);
        file.Position = entry.Offset;
        copy.ReadBytesFromStream(file, 1 << 20);
        return copy.as_strided(entry.Shape, entry.Strides, 0);
    }

    // Of the file, never of a link to it.
    private static long Length(TensorEntry entry)
    {
        using FileStream file = UserFile.OpenStream(entry.Path);
        return file.Length >= entry.Offset + entry.ExtentBytes
            ? file.Length
            : throw new IOException("it has become shorter while it was read.");
    }
}
