using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Training;

/// <summary>
/// A file that a trainer wrote, to be read back into tensors like those it came from.
/// </summary>
internal sealed class SavedTensors : IDisposable
{
    private readonly string _path;
    private readonly IReadOnlyDictionary<string, TensorEntry> _entries;
    private readonly MappedFiles _files = new();

    /// <summary>Reads the header.</summary>
    /// <exception cref="ModelException">The file is missing or damaged.</exception>
    public SavedTensors(string path)
    {
        _path = path;
        try
        {
            _entries = WeightFile.Read(path);
        }
        catch (ModelException exception)
        {
            throw new ModelException(
                $"{exception.Message} Resuming needs it; resume from another checkpoint.", exception);
        }
    }

    /// <summary>How the file's tensors differ from these in name, shape or type.</summary>
    public IEnumerable<string> Problems(IEnumerable<(string Name, Tensor Value)> tensors)
    {
        HashSet<string> unexpected = [.. _entries.Keys];
        foreach ((string name, Tensor value) in tensors)
        {
            _ = unexpected.Remove(name);
            string place = $"'{_path}': '{name}'";
            string wanted = $"[{string.Join(", ", value.shape)}]";
            if (!_entries.TryGetValue(name, out TensorEntry? entry))
                yield return $"{place} of {wanted} is missing.";
            else if (!entry.Shape.AsSpan().SequenceEqual(value.shape))
                yield return $"{place} is [{string.Join(", ", entry.Shape)}], not {wanted}.";
            else if (entry.Type != value.dtype)
                yield return $"{place} holds {entry.Type}, not {value.dtype}.";
        }

        foreach (string name in unexpected.Order(StringComparer.Ordinal))
            yield return $"'{_path}': '{name}' is unexpected; it is not trained here.";
    }

    /// <summary>Copies the file's values into tensors.</summary>
    public void CopyTo(IEnumerable<(string Name, Tensor Value)> tensors)
    {
        using IDisposable frozen = no_grad();
        foreach ((string name, Tensor value) in tensors)
        {
            using DisposeScope scope = NewDisposeScope();
            _ = value.copy_(_files.Load(_entries[name]));
        }
    }

    public void Dispose() => _files.Dispose();
}
