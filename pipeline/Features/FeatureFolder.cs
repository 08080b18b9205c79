using System.Text.Json;
using VisualChat.Model;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Features;

/// <summary>
/// A folder of features: <c>features.json</c>, and any number of <c>features-000001.safetensors</c>
/// and so on, each whole. One process at a time adds to it; any number read.
/// </summary>
/// <remarks>
/// Memory: the place of each image, 60 bytes; 36 MB for the 600,000 images of the paper's blend.
/// Opening reads the header and the keys of every file.
/// </remarks>
internal sealed class FeatureFolder
{
    public const string ManifestName = "features.json";

    private const string LockName = ".encoding";
    private const string Prefix = "features-";
    private const string Ending = ".safetensors";

    private readonly Dictionary<ImageKey, StoredFeatures> _images = [];
    private int _lastNumber;

    private FeatureFolder(string root, FeatureManifest manifest, int bytesEach)
    {
        Root = root;
        Manifest = manifest;
        BytesEach = bytesEach;
        foreach (string path in Directory.GetFiles(root, $"{Prefix}*{Ending}").Order(StringComparer.Ordinal))
        {
            string number = Path.GetFileName(path)[Prefix.Length..^Ending.Length];
            if (!int.TryParse(number, out int own))
                continue;
            _lastNumber = Math.Max(_lastNumber, own);
            TakeIn(path);
        }
    }

    public string Root { get; }

    public FeatureManifest Manifest { get; private set; }

    /// <summary>Bytes of an image's features.</summary>
    public int BytesEach { get; }

    /// <summary>Distinct images that are there.</summary>
    public int Count => _images.Count;

    /// <summary>Whether a folder is one of features, finished or not.</summary>
    public static bool Exists(string root) => File.Exists(Path.Combine(root, ManifestName));

    /// <summary>Whether a folder has features of a kind, or none yet.</summary>
    /// <exception cref="WorkException">Its document is damaged.</exception>
    public static bool MayHold(string root, FeatureKind kind) =>
        TryReadManifest(root) is not { } manifest || manifest.Kind.DifferencesFrom(kind).Count == 0;

    /// <summary>Opens a folder.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="wanted">What its features must be.</param>
    /// <param name="bytesEach">Bytes of an image's features.</param>
    /// <exception cref="InputException">
    /// It has no features, or other ones: every difference is named.
    /// </exception>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public static FeatureFolder Open(string root, FeatureKind wanted, int bytesEach)
    {
        if (TryReadManifest(root) is not { } manifest)
        {
            throw new InputException(
                $"'{root}' has no {ManifestName}: make its features with 'visualchat encode', or name another folder.");
        }

        Require(root, manifest, wanted);
        return new FeatureFolder(root, manifest, bytesEach);
    }

    /// <summary>Makes a folder, or opens one to add to it. The lock is the caller's.</summary>
    /// <inheritdoc cref="Open"/>
    public static FeatureFolder OpenOrMake(string root, FeatureKind wanted, int bytesEach)
    {
        if (TryReadManifest(root) is { } manifest)
            return Open(root, wanted, bytesEach);
        if (Directory.EnumerateFileSystemEntries(root).Any(entry => Path.GetFileName(entry) != LockName))
        {
            throw new InputException(
                $"'{root}' holds no features, and something else: name a new folder, or an empty one.");
        }

        manifest = new FeatureManifest { Kind = wanted, Blends = new Dictionary<string, int>() };
        var folder = new FeatureFolder(root, manifest, bytesEach);
        folder.WriteManifest(manifest);
        return folder;
    }

    /// <summary>Makes the folder if it is not there, and takes it for this process.</summary>
    /// <exception cref="WorkException">
    /// Another process adds to it, or it cannot be written.
    /// </exception>
    public static IDisposable Take(string root)
    {
        string path = Path.Combine(root, LockName);
        try
        {
            _ = Directory.CreateDirectory(root);
            var taken = new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            AtomicFile.RemoveUnfinished(root);
            return taken;
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new WorkException(
                $"Another process is encoding images into '{root}'. Wait for it, or name another folder.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(root, exception);
        }
    }

    /// <summary>An image's features; null: they are not there.</summary>
    public IImageFeatures? Find(ImageKey image) => _images.GetValueOrDefault(image);

    public bool Contains(ImageKey image) => _images.ContainsKey(image);

    /// <summary>Whether all images of a blend are known to be there.</summary>
    public bool HasBlend(string planFingerprint) =>
        Manifest.Blends.TryGetValue(planFingerprint, out int images) && Count >= images;

    /// <summary>Writes a file, and takes its images in.</summary>
    /// <exception cref="WorkException">The storage failed.</exception>
    public void Add(FeatureFileWriter writer)
    {
        string path = Path.Combine(Root, $"{Prefix}{_lastNumber + 1:D6}{Ending}");
        try
        {
            writer.Write(path);
        }
        catch (Exception exception) when (StorageFailure.Is(exception))
        {
            throw CannotWrite(Root, exception);
        }

        _lastNumber++;
        TakeIn(path);
    }

    /// <summary>Records that all images of a blend are there.</summary>
    /// <exception cref="WorkException">The storage failed.</exception>
    public void AddBlend(string planFingerprint)
    {
        var blends = new SortedDictionary<string, int>(Manifest.Blends.ToDictionary(), StringComparer.Ordinal)
        {
            [planFingerprint] = Count,
        };
        WriteManifest(Manifest with { Blends = blends });
    }

    private static WorkException CannotWrite(string root, Exception exception) => new(
        $"The features in '{root}' cannot be written: {exception.Message} What is finished is kept: put it right "
        + "and run the same command again.",
        exception);

    private static void Require(string root, FeatureManifest manifest, FeatureKind wanted)
    {
        IReadOnlyList<string> differences = manifest.Kind.DifferencesFrom(wanted);
        if (differences.Count == 0)
            return;
        throw new InputException(
        [
            .. differences.Select(difference => $"The features in '{root}' are not this recipe's: {difference}."),
            "Name another folder or delete this one, and make the recipe's own with 'visualchat encode'.",
        ]);
    }

    private static FeatureManifest? TryReadManifest(string root)
    {
        string path = Path.Combine(root, ManifestName);
        if (!File.Exists(path))
            return null;
        try
        {
            FeatureManifest manifest = SealedJson.Read<FeatureManifest>(
                UserFile.ReadAllBytes(path, FileLimits.Document));
            return manifest.FormatVersion == FeatureManifest.CurrentFormatVersion
                ? manifest
                : throw new InputException(
                    $"'{root}' is of format {manifest.FormatVersion}; "
                    + $"this program reads {FeatureManifest.CurrentFormatVersion}.");
        }
        catch (JsonException exception)
        {
            throw new WorkException(
                $"'{path}' is damaged: {exception.Message} Delete it and run 'visualchat encode' into another folder.",
                exception);
        }
    }

    private void TakeIn(string path)
    {
        var file = FeatureFile.Open(path, BytesEach);
        for (int row = 0; row < file.Images.Count; row++)
            _ = _images.TryAdd(file.Images[row], new StoredFeatures(file, row));
    }

    private void WriteManifest(FeatureManifest manifest)
    {
        try
        {
            AtomicFile.WriteAllText(Path.Combine(Root, ManifestName), SealedJson.Write(manifest));
            Manifest = manifest;
        }
        catch (Exception exception) when (StorageFailure.Is(exception))
        {
            throw CannotWrite(Root, exception);
        }
    }
}
