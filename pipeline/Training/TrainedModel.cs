using VisualChat.Model;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.Parameters;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// A checkpoint or an exported model for use, after every file that it is made of was checked; or
/// a checkpoint of the released system, which has nothing to check it by.
/// </summary>
/// <param name="Folder">The full path of its folder, or of the released system's file.</param>
/// <param name="Description">The model.</param>
/// <param name="OtherTowers">
/// If it is used with other towers than it was trained with: the SHA-256 of their hashes.
/// </param>
internal sealed record TrainedModel(string Folder, ModelDescription Description, string? OtherTowers)
{
    private const string TokenizerFile = "tokenizer.model";

    /// <summary>Checks a model's files and describes it.</summary>
    /// <param name="recipe">The recipe it was trained with.</param>
    /// <param name="tokenizer">The recipe's tokenizer.</param>
    /// <param name="given">
    /// A checkpoint, a folder that <c>export</c> wrote, or a checkpoint of the released system or
    /// its folder.
    /// </param>
    /// <param name="device">Where it is computed.</param>
    /// <param name="hashes">Remembers which files were read before.</param>
    /// <param name="notes">
    /// Told of towers and tokenizers that the user named in place of those it was trained with, and
    /// of an attention or an order of images that it was not trained with.
    /// </param>
    /// <exception cref="InputException">
    /// The folder is no model, the recipe has none, or a tower has changed since the training.
    /// </exception>
    /// <exception cref="WorkException">A file is damaged.</exception>
    /// <exception cref="ModelException">A folder's <c>config.json</c> cannot be read.</exception>
    public static TrainedModel Open(
        Recipe recipe,
        SentencePieceTokenizer tokenizer,
        string given,
        string device,
        FileHashes hashes,
        TextWriter notes)
    {
        string folder = Path.GetFullPath(given);
        var special = new SpecialTokens(tokenizer.VocabularySize);
        if (ReleasedCheckpoint.IsAt(folder))
            return OpenReleased(recipe, special, folder, device, hashes, notes);
        if (File.Exists(folder))
        {
            throw new InputException(
                $"'{given}' is a file; a checkpoint is a folder. Name '{Path.GetDirectoryName(folder)}'.");
        }

        if (!Directory.Exists(folder))
            throw new InputException($"There is no checkpoint '{given}' (looked for {folder}).");
        if (!File.Exists(Path.Combine(folder, CheckpointStore.StateFile)) && IsExported(folder, hashes))
        {
            Warn(recipe, folder, CheckpointKind.Whole, notes);
            return new TrainedModel(folder, ModelDescriptions.Of(recipe, special, device, folder), null);
        }

        TrainingState state = CheckpointStore.ReadChecked(folder, hashes);
        ModelDescription description = ModelDescriptions.Of(recipe, special, device, folder);
        string trainedTokenizer = state.Files.GetValueOrDefault(TokenizerFile)?.Sha256 ?? tokenizer.Fingerprint;
        if (trainedTokenizer != tokenizer.Fingerprint)
        {
            notes.WriteLine(
                $"Warning: '{recipe.Tokenizer.FullPath}' is not the tokenizer that '{folder}' was trained with.");
        }

        Warn(recipe, folder, CheckpointKind.Trained, notes);
        return new TrainedModel(folder, description, OtherTowersOf(recipe, folder, state, description, hashes, notes));
    }

    private static TrainedModel OpenReleased(
        Recipe recipe, SpecialTokens special, string path, string device, FileHashes hashes, TextWriter notes)
    {
        _ = FileChecksums.CheckExported(path, [], hashes);
        ModelDescription description = ModelDescriptions.Of(recipe, special, device, path);
        Warn(recipe, path, CheckpointKind.Released, notes);
        return new TrainedModel(path, description, null);
    }

    private static void Warn(Recipe recipe, string folder, CheckpointKind kind, TextWriter notes)
    {
        if (AttentionCheck.WarningFor(recipe, folder, kind) is { } ofAttention)
            notes.WriteLine(ofAttention);
        if (ImageOrderCheck.WarningFor(recipe, folder, kind) is { } ofOrder)
            notes.WriteLine(ofOrder);
    }

    private static bool IsExported(string folder, FileHashes hashes)
    {
        bool hasChecksums = FileChecksums.CheckExported(folder, [], hashes);
        if (!File.Exists(Path.Combine(folder, "config.json")) || ModelConfig.TryReadWhole(folder) is null)
            return false;
        if (hasChecksums)
            _ = FileChecksums.CheckExported(folder, [.. ModelFiles.In(folder), TokenizerFile], hashes);
        return true;
    }

    /// <summary>
    /// A tower that changed where it lies is an error; one that the user named in its place is
    /// told.
    /// </summary>
    private static string? OtherTowersOf(
        Recipe recipe,
        string folder,
        TrainingState state,
        ModelDescription description,
        FileHashes hashes,
        TextWriter notes)
    {
        IReadOnlyDictionary<string, FileChecksum> towers = TowerFiles.Of(description, hashes);
        if (state.Towers is null)
            return null;
        IReadOnlyList<ChangedTower> changed = TowerFiles.Differences(state.Towers, towers, description);
        string trained = UserFile.ReadAllText(Path.Combine(folder, "recipe.yaml"), FileLimits.Recipe);
        HashSet<string> renamed =
        [
            .. recipe.DifferencesFrom(trained, Outcome.Training).Select(difference => difference.Key),
        ];
        ChangedTower[] unmeant = [.. changed.Where(tower => !renamed.Contains(tower.Key))];
        if (unmeant.Length > 0)
        {
            throw new InputException(
            [
                $"'{folder}' was trained with other files:",
                .. unmeant.Select(tower => $"  {tower.Problem}"),
                $"Put them back, or, to use others on purpose, name their folder: --set {unmeant[0].Key}=FOLDER.",
            ]);
        }

        foreach (ChangedTower tower in changed)
            notes.WriteLine($"Warning: {tower.Problem}. Answers may differ from the trained model's.");
        return changed.Count == 0
            ? null
            : Sha256.Of([.. towers.SelectMany(file => Convert.FromHexString(file.Value.Sha256))]);
    }
}
