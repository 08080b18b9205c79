using System.Globalization;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.SampleWorld;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Commands;

/// <summary>Where a command's data lies.</summary>
internal static class DataRoot
{
    /// <summary>
    /// The folder given with <c>--data</c>; without it, the sample world of a recipe that has one, made on first use and kept in the
    /// user's cache for every later run with the same numbers.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="given">The value of <c>--data</c>; null if there is none.</param>
    /// <param name="cache">The user's cache.</param>
    /// <param name="error">Where it says that a world is made.</param>
    /// <param name="cancellation">Stops making a world.</param>
    /// <exception cref="InputException">There is no such folder, or the recipe needs one and none is given.</exception>
    public static string Resolve(Recipe recipe, string? given, IndexCache cache, TextWriter error, CancellationToken cancellation)
    {
        if (given is not null)
        {
            return Directory.Exists(given)
                ? Path.GetFullPath(given)
                : throw new InputException($"--data '{given}' is no folder. Name the folder that holds the datasets.");
        }

        return SampleWorldOf(recipe, cache, error, cancellation)
            ?? throw new InputException("This recipe needs data: name the folder that holds the datasets with --data ROOT.");
    }

    /// <summary>The recipe's sample world, drawn if it is not there yet; null if the recipe has none.</summary>
    public static string? SampleWorldOf(Recipe recipe, IndexCache cache, TextWriter error, CancellationToken cancellation)
    {
        if (recipe.Data.SampleWorld is not { } world)
            return null;
        string folder = Path.Combine(cache.Folder, string.Create(
            CultureInfo.InvariantCulture, $"sample-world-{WorldWriter.FormatVersion}-{world.Samples}-{world.Seed}-{world.Objects}-{world.Descriptions}-{world.Brief}"));
        if (Directory.Exists(folder))
            return folder;

        // Drawn under another name, so that a world under its own is whole.
        error.WriteLine($"Drawing the sample world ({world.Samples:N0} samples, seed {world.Seed}) into {folder}");
        string unfinished = $"{folder}.{Environment.ProcessId}";
        WorldWriter.Write(unfinished, world.Samples, world.Seed, cancellation, world.Objects, world.Descriptions, world.Brief);
        try
        {
            Directory.Move(unfinished, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(unfinished, recursive: true); // Another process was first.
        }

        return folder;
    }
}
