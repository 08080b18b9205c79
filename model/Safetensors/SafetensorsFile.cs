namespace VisualChat.Model.Safetensors;

/// <summary>Where the tensors of a safetensors file lie, to be read in place.</summary>
public static class SafetensorsFile
{
    /// <summary>Reads the header.</summary>
    /// <param name="path">The file's path, for messages.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="InvalidDataException">
    /// It is cut off, or its header does not follow the format.
    /// </exception>
    public static IReadOnlyDictionary<string, StoredTensor> Read(string path, Stream file) =>
        SafetensorsReader.Read(path, file).ToDictionary(
            tensor => tensor.Key,
            tensor => new StoredTensor(
                tensor.Value.Type, tensor.Value.Shape, tensor.Value.Offset, tensor.Value.Bytes));
}
