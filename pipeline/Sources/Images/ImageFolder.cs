using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// A folder of image files, sub-folders included. An image costs one <c>stat</c> when records are
/// resolved, which tells presence, length and whether it is a link; a listing would be followed by
/// the same <c>stat</c> for the length. The folder itself may be a link; nothing in it may lead out
/// of it.
/// </summary>
internal sealed class ImageFolder(string path, string name) : ImageContainer(path, name)
{
    private readonly ConcurrentDictionary<string, bool> _staysInside = new();
    private readonly string? _real = RealPath.Of(path);

    public override ImageLookup Find(string key, Func<string, string> fileNameOf)
    {
        if (RefusalOf(key) is string refusal)
            return new ImageLookup(key, 0, 0, RejectReason.ImagePathRefused, $"'{key}' {refusal}");
        string file = string.Join('/', fileNameOf(key).Split('/').Where(part => part is not ("" or ".")));
        string path = $"{Name}/{file}";
        if (file.Length == 0)
            return new ImageLookup(path, 0, 0, RejectReason.ImageMissing, "the record names an image ''");

        int slash = file.LastIndexOf('/');
        if (slash >= 0 && !_staysInside.GetOrAdd(file[..slash], FolderStaysInside))
            return LeadsOut(path);

        string full = Path.Join(FullPath, file);
        var info = new FileInfo(full);
        if (!info.Exists)
            return new ImageLookup(path, 0, 0, RejectReason.ImageMissing, $"{path} is not there");
        if (info.LinkTarget is not null)
        {
            string? real = RealPath.Of(full);
            if (!IsInside(real))
                return LeadsOut(path);
            info = new FileInfo(real!);
            if (!info.Exists)
                return new ImageLookup(path, 0, 0, RejectReason.ImageMissing, $"{path} is a link to nothing");
        }

        return info.Length == 0
            ? new ImageLookup(path, 0, 0, RejectReason.ImageEmpty, $"{path} has no bytes")
            : new ImageLookup(path, 0, info.Length);
    }

    public override PooledBytes Read(string path, int entry, PooledBuffers buffers)
    {
        try
        {
            string full = Path.Join(FullPath, path.AsSpan(Name.Length + 1));
            using SafeFileHandle handle = UserFile.Open(full, out FileIdentity identity);
            if (identity.Bytes > FileLimits.Image)
            {
                throw new RecordRejectedException(
                    RejectReason.ImageTooLarge,
                    $"{path} has {identity.Bytes:N0} bytes; at most {FileLimits.Image:N0} are read");
            }

            PooledBytes image = buffers.Rent((int)identity.Bytes);
            int read = handle.ReadUntilFull(image.Span, offset: 0);
            if (read == 0)
                throw new RecordRejectedException(RejectReason.ImageEmpty, $"{path} has no bytes");
            return read == image.Length ? image : new PooledBytes(image.Span[..read].ToArray());
        }
        catch (UserFileException exception) when (exception.Fault is FileFault.Missing)
        {
            throw new RecordRejectedException(RejectReason.ImageMissing, $"{path} is no longer there");
        }
        catch (UserFileException exception) when (exception.Fault is FileFault.NotAFile)
        {
            throw new RecordRejectedException(RejectReason.NotAnImage, $"{path}: {exception.Problem}");
        }
        catch (UserFileException exception) when (exception.Fault is FileFault.Denied)
        {
            throw new WorkException($"{path} cannot be read: {exception.Problem}.", exception);
        }
    }

    private ImageLookup LeadsOut(string path) =>
        new(path, 0, 0, RejectReason.ImagePathRefused, $"{path} leads out of {Name} by a link");

    private static string? RefusalOf(string key)
    {
        if (key.StartsWith('/') || (key.Length > 1 && key[1] == ':'))
            return "is an absolute path";
        if (key.Contains("://", StringComparison.Ordinal) || key.StartsWith("data:", StringComparison.Ordinal))
            return "is an address; images are read from the image folder";
        if (key.Contains('\\') || key.Contains('\0'))
            return "has a character that a path here cannot have";
        return key.Split('/').Contains("..") ? "leads out of its folder" : null;
    }

    private bool FolderStaysInside(string folder)
    {
        string full = Path.Join(FullPath, folder);
        string plain = _real is null ? full : Path.Join(_real, folder);
        string? real = RealPath.Of(full);
        return real == plain || IsInside(real);
    }

    private bool IsInside(string? real) =>
        real is not null && _real is not null
        && (real == _real || real.StartsWith(_real + "/", StringComparison.Ordinal));
}
