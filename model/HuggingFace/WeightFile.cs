using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.Pickles;
using VisualChat.Model.Safetensors;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.HuggingFace;

/// <summary>
/// A file of tensors. What its first bytes say decides how it is read, not its name: safetensors
/// and both of PyTorch's formats are known, and what else people have in their place is named.
/// </summary>
internal static class WeightFile
{
    /// <summary>The file's tensors by name. Only headers are read.</summary>
    /// <exception cref="ModelException">
    /// The file cannot be read, is cut off or damaged, or is not a file of tensors.
    /// </exception>
    public static IReadOnlyDictionary<string, TensorEntry> Read(string path)
    {
        try
        {
            using FileStream file = UserFile.OpenStream(path);
            Span<byte> head = stackalloc byte[ForeignContents.HeadBytes];
            head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
            if (head.StartsWith(LegacyTorchFile.Magic))
                return LegacyTorchFile.Read(path, file);
            if (SafetensorsReader.Begins(head))
                return SafetensorsReader.Read(path, file);
            if (head.StartsWith("PK\u0003\u0004"u8))
                return TorchArchive.Read(path, file);
            string what = ForeignContents.Describe(head)
                ?? "neither safetensors nor a file of torch.save, or its beginning is damaged; download it again";
            throw new ModelException($"'{path}' is not a file of tensors: it is {what}.");
        }
        catch (UserFileException exception)
        {
            throw new ModelException($"{exception.Message}.", exception);
        }
        catch (InvalidDataException exception)
        {
            throw new ModelException(
                $"'{path}' is not a file of tensors that can be read: {exception.Message}.", exception);
        }
        catch (IOException exception)
        {
            throw new ModelException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }
}
