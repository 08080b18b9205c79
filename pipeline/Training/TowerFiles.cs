using VisualChat.Model;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// The files that a model is built on: configuration and weights of its towers, and of what its
/// training started with. Frozen weights are not in a checkpoint, so these files are part of what
/// was trained. A checkpoint records them as <c>vision/model.safetensors</c>: the bytes count, not
/// the folder, which may move.
/// </summary>
internal static class TowerFiles
{
    private static readonly (string Name, string Key, Func<ModelDescription, string?> Folder)[] Folders =
    [
        ("vision", KeyOf(nameof(ModelSettings.Vision)), model => model.VisionFolder),
        ("language", KeyOf(nameof(ModelSettings.Language)), model => model.LanguageFolder),
        ("start", KeyOf(nameof(ModelSettings.Start)), model => model.Start),
    ];

    /// <summary>A model's files by their names, without those of its checkpoint.</summary>
    /// <exception cref="WorkException">
    /// A folder with checksums of its own, a checkpoint or an export, is damaged.
    /// </exception>
    /// <exception cref="ModelException">A folder has no weights.</exception>
    public static IReadOnlyDictionary<string, FileChecksum> Of(ModelDescription model, FileHashes hashes)
    {
        var paths = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, _, Func<ModelDescription, string?> folderOf) in Folders)
        {
            if (folderOf(model) is not { } folder)
                continue;
            RequireWhole(folder, hashes);
            foreach (string file in ModelFiles.In(folder))
                paths.Add($"{name}/{file}", PathOf(folder, file));
        }

        IReadOnlyDictionary<string, string> sha256 = hashes.OfFiles([.. paths.Values.Distinct()]);
        return new SortedDictionary<string, FileChecksum>(
            paths.ToDictionary(
                file => file.Key, file => new FileChecksum(FileIdentity.Of(file.Value).Bytes, sha256[file.Value])),
            StringComparer.Ordinal);
    }

    /// <summary>The files that are not what a checkpoint was trained with.</summary>
    /// <param name="trained">What the checkpoint records.</param>
    /// <param name="now">What <see cref="Of"/> found.</param>
    /// <param name="model">The model of <paramref name="now"/>.</param>
    public static IReadOnlyList<ChangedTower> Differences(
        IReadOnlyDictionary<string, FileChecksum> trained,
        IReadOnlyDictionary<string, FileChecksum> now,
        ModelDescription model)
    {
        return
        [
            .. trained.Keys.Union(now.Keys)
                .Order(StringComparer.Ordinal)
                .Where(file => trained.GetValueOrDefault(file) != now.GetValueOrDefault(file))
                .Select(ChangedOf),
        ];

        ChangedTower ChangedOf(string file)
        {
            string[] parts = file.Split('/', 2);
            (_, string key, Func<ModelDescription, string?> folderOf) =
                Folders.First(folder => folder.Name == parts[0]);
            string path = folderOf(model) is { } folder ? PathOf(folder, parts[1]) : parts[1];
            string what = !trained.ContainsKey(file) ? "was not there when the training began"
                : !now.ContainsKey(file) ? "is no longer there"
                : "has other bytes than when the training began";
            return new ChangedTower(key, $"'{path}' ({key}) {what}");
        }
    }

    /// <summary>
    /// Whether a difference is only where a tower's folder lies: its files are compared instead.
    /// </summary>
    public static bool IsFolder(KeyDifference difference) =>
        difference is { Other: not null, Own: not null } && Folders.Any(folder => folder.Key == difference.Key);

    // A released checkpoint may be named as the file that it is.
    private static string PathOf(string folder, string file) =>
        File.Exists(folder) ? folder : Path.Combine(folder, file);

    private static void RequireWhole(string folder, FileHashes hashes)
    {
        if (File.Exists(Path.Combine(folder, CheckpointStore.StateFile)))
            _ = CheckpointStore.ReadChecked(folder, hashes);
        else
            _ = FileChecksums.CheckExported(folder, ModelFiles.In(folder), hashes);
    }

    private static string KeyOf(string property) => KeyName.Path(nameof(Recipe.Model), property);
}
