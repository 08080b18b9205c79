using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources.Images;

/// <summary>
/// A folder of image files, sub-folders included. An image that lies where its record says costs
/// one <c>stat</c> when records are resolved, which tells presence, length and whether it is a
/// link; a listing would be followed by the same <c>stat</c> for the length. What a folder's links
/// lead to is found once for the folder. A file is opened before it is judged: where it lies, links
/// followed, must be one of the <see cref="NamedPlaces"/>.
/// </summary>
/// <param name="path">The folder's full path; it may be a link.</param>
/// <param name="name">Its path relative to the data root.</param>
/// <param name="dataRoot">The data root.</param>
/// <param name="places">Where its files may lie.</param>
internal sealed class ImageFolder(string path, string name, string dataRoot, NamedPlaces places)
    : ImageContainer(path, name)
{
    // A file that was found by its absolute path is elsewhere in the data root, or in a place that
    // the user named besides. An image's entry says in which of the three it lies.
    private readonly Place[] _places =
    [
        new(path, name.Length == 0 ? "" : $"{name}/", 0),
        new(RealPath.Of(dataRoot) ?? dataRoot, "", 1),
        new("/", "/", 2),
    ];

    private readonly ConcurrentDictionary<(int Place, string Folder), string?> _refusedFolders = new();
    private readonly ConcurrentDictionary<string, string?> _realFolders = new();
    private readonly SpelledNames _spelled = new(path);
    private readonly string _real = RealPath.Of(path) ?? path;

    private Place Inside => _places[0];

    public override ImageLookup Find(string key, DatasetDefinition dataset)
    {
        if (ImageReference.IsPlain(key))
            return FindInside(key, dataset.FileNameOf(key), dataset);
        if (key.Length == 0)
            return Missing($"{Name}/", "the record names an image ''");
        var reference = ImageReference.Read(key);
        if (reference.Refusal is { } refusal)
            return Refused(key, refusal);
        ImageLookup? missing = null;
        foreach (string written in reference.Paths)
        {
            ImageLookup found = written.StartsWith('/')
                ? FindAbsolute(key, written, dataset)
                : FindInside(key, dataset.FileNameOf(written), dataset);
            if (found.Problem != RejectReason.ImageMissing)
                return found;
            missing ??= found;
        }

        return missing!.Value;
    }

    public override PooledBytes Read(string path, int entry, PooledBuffers buffers)
    {
        Place place = _places[entry];
        string full = Path.Join(place.Folder, path.AsSpan(place.Prefix.Length));
        try
        {
            using SafeFileHandle handle = UserFile.Open(full, out FileIdentity identity);
            if (!places.Hold(handle, full))
                throw new RecordRejectedException(RejectReason.ImagePathRefused, $"{path} now leads to another place");
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

    private static ImageLookup Refused(string key, string refusal) =>
        new(key, 0, 0, RejectReason.ImagePathRefused, $"'{ImageReference.Shown(key)}' {refusal}");

    private static ImageLookup Missing(string path, string detail) =>
        new(path, 0, 0, RejectReason.ImageMissing, detail);

    // Without empty parts, dots and parts that are taken back; null if it leads out.
    private static string? Tidy(string file)
    {
        if (!file.Contains("//", StringComparison.Ordinal)
            && !file.Contains("/.", StringComparison.Ordinal)
            && !file.StartsWith('.')
            && !file.StartsWith('/'))
            return file;
        List<string> parts = [];
        foreach (string part in file.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part != "..")
                parts.Add(part);
            else if (parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else
                return null;
        }

        return string.Join('/', parts);
    }

    private ImageLookup FindInside(string key, string file, DatasetDefinition dataset)
    {
        if (Tidy(file) is not { } tidy)
            return Refused(key, "leads out of its folder");
        if (tidy.Length == 0)
            return Missing($"{Name}/", "the record names an image ''");
        ImageLookup asItStands = Look(Inside, tidy);
        if (asItStands.Problem != RejectReason.ImageMissing)
            return asItStands;
        foreach (string other in dataset.OtherNamesOf(tidy))
        {
            ImageLookup found = Look(Inside, other);
            if (found.Problem != RejectReason.ImageMissing)
                return found;
        }

        return _spelled.Find(tidy) is { } spelled ? Look(Inside, spelled) : asItStands;
    }

    private ImageLookup FindAbsolute(string key, string written, DatasetDefinition dataset)
    {
        if (Tidy(written) is not { Length: > 0 } tidy)
            return Refused(key, "leads out of its folder");
        string full = $"/{tidy}";
        if (RestIn(FullPath, full) is { } inside)
            return FindInside(key, inside, dataset);

        // The same folder by another name: what counts is where it lies.
        string? folder = _realFolders.GetOrAdd(Path.GetDirectoryName(full)!, RealPath.Of);
        if (folder is null)
            return Missing(full, $"{ImageReference.Shown(full)} is not there");
        full = Path.Join(folder, Path.GetFileName(full));
        if (RestIn(_real, full) is { } reallyInside)
            return FindInside(key, reallyInside, dataset);
        if (RestIn(_places[1].Folder, full) is { } inRoot)
            return Look(_places[1], inRoot);
        return places.Hold(folder)
            ? Look(_places[2], full[1..])
            : Refused(key, $"is neither in {Name} nor in the data root: name the image relative to {Name}, or allow "
                + $"its folder with --allow-links-to {folder}");
    }

    private static string? RestIn(string folder, string full) =>
        full.Length > folder.Length + 1
        && full[folder.Length] == '/'
        && full.StartsWith(folder, StringComparison.Ordinal)
            ? full[(folder.Length + 1)..]
            : null;

    private ImageLookup Look(Place place, string file)
    {
        string path = place.Prefix + file;
        int slash = file.LastIndexOf('/');
        if (slash >= 0 && _refusedFolders.GetOrAdd((place.Entry, file[..slash]), RefusedTargetOf) is { } target)
            return LeadsOut(path, target);

        string full = Path.Join(place.Folder, file);
        var info = new FileInfo(full);
        if (!info.Exists)
        {
            return Missing(path, Directory.Exists(full)
                ? $"{path} is a folder, not an image file"
                : $"{path} is not there");
        }

        if ((info.Attributes & FileAttributes.ReparsePoint) != 0)
        {
            string? real = RealPath.Of(full);
            info = new FileInfo(real ?? full);
            if (real is null || !info.Exists)
                return Missing(path, $"{path} is a link to nothing");
            if (!places.Hold(real))
                return LeadsOut(path, real);
        }

        if (info.Length > 0)
            return new ImageLookup(path, place.Entry, info.Length);
        return UserFile.KindOf(full) == FileKind.File
            ? new ImageLookup(path, 0, 0, RejectReason.ImageEmpty, $"{path} has no bytes")
            : new ImageLookup(path, 0, 0, RejectReason.NotAnImage, $"{path} is not a regular file");
    }

    private static ImageLookup LeadsOut(string path, string target) => new(
        path,
        0,
        0,
        RejectReason.ImagePathRefused,
        $"{path} leads by a link to {target}, which is in no folder that was named; "
            + $"if it should, run with --allow-links-to {Path.GetDirectoryName(target) ?? target}");

    // Where a folder leads, if it may not.
    private string? RefusedTargetOf((int Place, string Folder) at)
    {
        string full = Path.Join(_places[at.Place].Folder, at.Folder);
        return RealPath.Of(full) is { } real && !places.Hold(real) ? real : null;
    }

    /// <param name="Folder">Where paths start from.</param>
    /// <param name="Prefix">What a table's path has before the rest.</param>
    /// <param name="Entry">The place's number.</param>
    private readonly record struct Place(string Folder, string Prefix, int Entry);
}
