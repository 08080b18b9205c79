using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.SampleWorld;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources;

/// <summary>The folder that a recipe's datasets are read from.</summary>
internal static class DataRoot
{
    /// <summary>
    /// The folder given with <c>--data</c>; without it, the recipe's sample world, drawn on first
    /// use and kept in the user's cache for every later run with the same numbers.
    /// </summary>
    /// <param name="given">The value of <c>--data</c>; null if there is none.</param>
    /// <param name="notes">Told that a world is drawn, which takes seconds.</param>
    /// <exception cref="InputException">
    /// There is no such folder, or the recipe needs one and none is given.
    /// </exception>
    public static string Resolve(
        Recipe recipe, string? given, IndexCache cache, TextWriter notes, CancellationToken cancellation)
    {
        if (given is not null)
        {
            if (Directory.Exists(given))
                return Path.GetFullPath(given);
            throw new InputException(
                $"--data '{given}' is not a folder. Name the folder that holds the datasets.");
        }

        return SampleWorldOf(recipe, cache, notes, cancellation)
            ?? throw new InputException(
                "This recipe needs data: name the folder that holds the datasets with --data ROOT.");
    }

    /// <summary>
    /// The recipe's sample world, drawn if it is not there yet; null if the recipe has none.
    /// </summary>
    public static string? SampleWorldOf(
        Recipe recipe, IndexCache cache, TextWriter notes, CancellationToken cancellation)
    {
        if (recipe.Data.SampleWorld is not { } world)
            return null;
        string numbers = $"{world.Samples}-{world.Seed}-{world.Objects}-{world.Descriptions}-{world.Brief}";
        string folder = Path.Combine(cache.Folder, $"sample-world-{WorldWriter.FormatVersion}-{numbers}");
        if (Directory.Exists(folder))
            return folder;

        notes.WriteLine($"Drawing the sample world ({world.Samples:N0} samples, seed {world.Seed}) into {folder}");
        AtomicFolder.Add(folder, unfinished => WorldWriter.Write(unfinished, world, cancellation));
        return folder;
    }
}
