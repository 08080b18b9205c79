using VisualChat.Model.Errors;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.HuggingFace;

/// <summary>
/// A tower's tensors in a folder, under the names that the model has for them.
/// </summary>
internal sealed class TowerTensors
{
    private readonly TowerNames _names;
    private readonly string _root;

    private TowerTensors(
        WeightFolder folder,
        TowerNames names,
        string root,
        IReadOnlyDictionary<string, TensorEntry> tensors,
        int others)
    {
        Folder = folder.Folder;
        _names = names;
        _root = root;
        Tensors = tensors;
        OtherTensors = others;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The tensors by the model's names for them.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>How many tensors of other parts of a whole model the folder holds beside.</summary>
    public int OtherTensors { get; }

    /// <exception cref="ModelException">
    /// The folder holds no such tower, or more than one.
    /// </exception>
    public static TowerTensors Find(WeightFolder folder, TowerNames names)
    {
        string[] roots =
        [
            .. folder.Tensors.Keys
                .Where(name => !names.IsOfOtherPart(name))
                .Select(names.RootOf)
                .OfType<string>()
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
        if (roots.Length == 0)
        {
            string some = string.Join(", ", folder.Tensors.Keys.Order(StringComparer.Ordinal).Take(3));
            throw new ModelException(
                $"'{folder.Folder}' holds no {names.Kind}: none of its {folder.Tensors.Count} tensors is called "
                + $"'...{names.Marks[0].Replace("#", "0")}'. Its first: {some}.");
        }

        if (roots.Length > 1)
        {
            string all = string.Join(", ", roots.Select(root => $"'{root}'"));
            throw new ModelException(
                $"'{folder.Folder}' holds more than one {names.Kind}: the names of their tensors begin with {all}. "
                + "Name a folder with one of them.");
        }

        var tensors = new Dictionary<string, TensorEntry>();
        int others = 0;
        foreach ((string name, TensorEntry entry) in folder.Tensors)
        {
            if (names.IsOfOtherPart(name))
                others++;
            else
                tensors[OwnName(names, roots[0], name)] = entry;
        }

        foreach ((string whole, string own) in names.Renamed)
        {
            if (folder.Tensors.TryGetValue(whole, out TensorEntry? entry))
            {
                tensors[own] = entry;
                _ = tensors.Remove(whole);
            }
        }

        return new TowerTensors(folder, names, roots[0], tensors, others);
    }

    /// <summary>A tensor's name in the files, from the model's name for it.</summary>
    public string NameInFiles(string name) =>
        name.StartsWith(_names.Root, StringComparison.Ordinal) ? _root + name[_names.Root.Length..] : name;

    private static string OwnName(TowerNames names, string root, string name)
    {
        if (name.StartsWith(root, StringComparison.Ordinal) && names.IsChild(name[root.Length..]))
            return names.Root + name[root.Length..];
        bool isBeside = names.Beside is { } beside
            && name.EndsWith(beside, StringComparison.Ordinal)
            && root.StartsWith(name[..^beside.Length], StringComparison.Ordinal);
        return isBeside ? names.Beside! : name;
    }
}
