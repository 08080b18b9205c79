using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.SampleWorld;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// The folder that a recipe's datasets are read from. A sample world in the cache is not removed
/// from there until this is disposed of.
/// </summary>
internal sealed class DataRoot : IDisposable
{
    private readonly HeldWorld? _held;

    private DataRoot(string folder, HeldWorld? held) => (Folder, _held) = (folder, held);

    /// <summary>The folder's full path.</summary>
    public string Folder { get; }

    /// <summary>
    /// The folder given with <c>--data</c>; without it, the recipe's sample world, drawn on first
    /// use and kept in the user's cache for every later run with the same numbers.
    /// </summary>
    /// <param name="given">The value of <c>--data</c>; null if there is none.</param>
    /// <param name="notes">Told that a world is drawn, which takes seconds.</param>
    /// <exception cref="InputException">
    /// There is no such folder, or the recipe needs one and none is given.
    /// </exception>
    /// <exception cref="WorkException">The sample world cannot be drawn or read.</exception>
    public static DataRoot Resolve(
        Recipe recipe, string? given, IndexCache cache, TextWriter notes, CancellationToken cancellation)
    {
        if (given is not null)
        {
            if (!Directory.Exists(given))
            {
                throw new InputException(
                    $"--data '{given}' is not a folder. Name the folder that holds the datasets.");
            }

            string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(given));
            return new DataRoot(folder, cache.Folder.Has(folder) ? HeldWorld.TryHold(folder) : null);
        }

        return SampleWorldOf(recipe, cache, notes, cancellation)
            ?? throw new InputException(
                "This recipe needs data: name the folder that holds the datasets with --data ROOT.");
    }

    /// <summary>
    /// The recipe's sample world, drawn if it is not there yet; null if the recipe has none.
    /// </summary>
    /// <exception cref="InputException">There is no place to keep it.</exception>
    /// <exception cref="WorkException">It cannot be drawn or read.</exception>
    public static DataRoot? SampleWorldOf(
        Recipe recipe, IndexCache cache, TextWriter notes, CancellationToken cancellation)
    {
        if (recipe.Data.SampleWorld is not { } world)
            return null;
        string numbers = $"{world.Samples}-{world.Seed}-{world.Objects}-{world.Descriptions}-{world.Brief}"
            + (world.HasDescribed ? $"-{world.Described}" : "");
        string folder = cache.Folder.WorldOf($"{WorldWriter.FormatVersion}-{numbers}")
            ?? throw new InputException(
                "The sample world needs a folder to be kept in, and this user has no home folder: "
                + "name one with VISUALCHAT_CACHE=FOLDER.");
        try
        {
            HeldWorld? held = HeldWorld.TryHold(folder);
            if (held is null && !Directory.Exists(folder))
            {
                Draw(folder, world, notes, cancellation);
                held = HeldWorld.TryHold(folder);
            }

            return new DataRoot(folder, held);
        }
        catch (Exception exception) when (StorageFailure.Is(exception))
        {
            throw new WorkException(
                $"The sample world in {folder} cannot be drawn or read: {exception.Message} "
                + "VISUALCHAT_CACHE=FOLDER keeps it in another folder.",
                exception);
        }
    }

    public void Dispose() => _held?.Dispose();

    private static void Draw(
        string folder, SampleWorldSettings world, TextWriter notes, CancellationToken cancellation)
    {
        notes.WriteLine($"Drawing the sample world ({world.Samples:N0} samples, seed {world.Seed}) into {folder}");
        AtomicFolder.Add(folder, unfinished => WorldWriter.Write(unfinished, world, cancellation));
    }
}
