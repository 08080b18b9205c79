using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources;

/// <summary>Which datasets a recipe's entries need, and with which files.</summary>
internal static class EntryDatasets
{
    /// <summary>Each dataset once, in the order the entries first need it.</summary>
    /// <exception cref="InputException">
    /// A user's own data has no images; every such entry is listed. Everything else about entries
    /// is checked where recipes are read.
    /// </exception>
    public static IReadOnlyList<DatasetDefinition> Of(DataSettings data)
    {
        string[] names = [.. data.Sources.SelectMany(SourceRegistry.ComponentsOf).Distinct()];
        var problems = new List<string>();
        var definitions = new List<DatasetDefinition>();
        foreach (string name in names)
        {
            EntrySettings? entry = data.Sources.FirstOrDefault(entry => entry.Name == name);
            if (entry?.Format is not { } format)
                definitions.Add(OfRegistry(SourceRegistry.Find(name), entry));
            else if (entry.Annotations.Count > 0 && entry.Images is not null)
                definitions.Add(OfUser(entry, SourceRegistry.FormatOf(format), entry.Images));
            else
                problems.Add($"{name}: data of your own needs 'annotations' and 'images'.");
        }

        return problems.Count == 0 ? definitions : throw new InputException(problems);
    }

    // An entry's annotations take the places of the dataset's own and keep their images; further
    // ones have the images of the last.
    private static DatasetDefinition OfRegistry(DatasetDefinition known, EntrySettings? entry)
    {
        IReadOnlyList<DatasetFile> files = known.Files;
        if (entry?.Annotations is { Count: > 0 } annotations)
        {
            files = [.. annotations.Select((path, number) =>
                known.Files[Math.Min(number, known.Files.Count - 1)] with { Annotations = path })];
        }

        if (entry?.Images is string images)
            files = [.. files.Select(file => file with { Images = images })];
        return known with { Files = files };
    }

    private static DatasetDefinition OfUser(EntrySettings entry, RecordFormat format, string images) =>
        new(entry.Name, format, [.. entry.Annotations.Select(path => new DatasetFile(path, "", images, ""))]);
}
