using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using VisualChat.Model.Files;
using VisualChat.Model.Training;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// A run's checkpoints: <c>step-00000500</c> and so on, of which the newest few are kept, and
/// <c>best</c>. Each appears by rename, whole or not at all, once the disk is known to have room
/// for it.
/// </summary>
/// <param name="folder">The run's <c>checkpoints</c>.</param>
/// <param name="keep">How many of the newest are kept.</param>
/// <param name="hashes">Remembers which files were read before.</param>
internal sealed class CheckpointStore(string folder, int keep, FileHashes hashes)
{
    /// <summary>Where training stands.</summary>
    public const string StateFile = "state.json";

    /// <summary>
    /// The folder of the lowest evaluation loss. It is for use, not for resuming: it has no
    /// optimizer state.
    /// </summary>
    public const string BestName = "best";

    private const string StepPrefix = "step-";

    /// <summary>
    /// More than configuration, recipe, tokenizer and state take beside the tensors.
    /// </summary>
    private const long OtherBytes = 16_000_000;

    /// <summary>The best checkpoint's folder.</summary>
    public string Best => Path.Combine(folder, BestName);

    /// <summary>The checkpoints to resume from, oldest first.</summary>
    public IReadOnlyList<string> Steps => !Directory.Exists(folder)
        ? []
        : [.. Directory.GetDirectories(folder, StepPrefix + "*").Where(IsStep).Order(StringComparer.Ordinal)];

    /// <summary>The name of a step's folder.</summary>
    public static string NameOf(int step) => $"{StepPrefix}{step:D8}";

    /// <summary>Writes the checkpoint of a step and removes the oldest.</summary>
    /// <returns>Its folder.</returns>
    /// <exception cref="WorkException">
    /// The disk has no room for it, or it cannot be written. Earlier checkpoints are untouched.
    /// </exception>
    public string WriteStep(TrainingState state, CheckpointContent content)
    {
        string path = Write(
            NameOf(state.Step),
            state,
            content,
            content.WeightBytes + content.OptimizerBytes,
            (Trainer.WeightsFile, content.WriteWeights),
            (Trainer.OptimizerFile, content.WriteOptimizer));
        foreach (string old in Steps.SkipLast(keep))
            Directory.Delete(old, recursive: true);
        return path;
    }

    /// <summary>Writes the best checkpoint in place of an earlier one.</summary>
    /// <exception cref="WorkException">As for <see cref="WriteStep"/>.</exception>
    public void WriteBest(TrainingState state, CheckpointContent content) =>
        Write(BestName, state, content, content.WeightBytes, (Trainer.WeightsFile, content.WriteWeights));

    /// <summary>
    /// Clears up after a killed process: unfinished folders go, and a folder comes back if its
    /// replacement did not appear.
    /// </summary>
    public void Recover() => AtomicFolder.Recover(folder);

    /// <summary>
    /// Reads a checkpoint's state and checks its files against it: one read of each, 2 GB/s, unless
    /// they were read before.
    /// </summary>
    /// <exception cref="InputException">The folder is not a checkpoint.</exception>
    /// <exception cref="WorkException">A file is damaged.</exception>
    public static TrainingState ReadChecked(string checkpoint, FileHashes hashes)
    {
        string path = Path.Combine(checkpoint, StateFile);
        if (!File.Exists(path))
        {
            throw new InputException(
                $"'{checkpoint}' is not a checkpoint: it has no {StateFile}. "
                + $"Name a folder such as OUT/checkpoints/{BestName}.");
        }

        TrainingState state = Read(path);
        if (state.FormatVersion != TrainingState.CurrentFormatVersion)
        {
            throw new InputException(
                $"'{checkpoint}' is of format {state.FormatVersion}; "
                + $"this program reads {TrainingState.CurrentFormatVersion}.");
        }

        FileChecksums.Check(checkpoint, state.Files, hashes);
        return state;
    }

    /// <summary>The newest checkpoint and its state; null if there is none.</summary>
    /// <exception cref="WorkException">It is damaged; the message names the one before.</exception>
    public (string Folder, TrainingState State)? Latest()
    {
        IReadOnlyList<string> steps = Steps;
        if (steps.Count == 0)
            return null;
        try
        {
            TrainingState state = ReadChecked(steps[^1], hashes);
            if (NameOf(state.Step) != Path.GetFileName(steps[^1]))
                throw new WorkException($"'{steps[^1]}' is damaged: its state is that of step {state.Step}.");
            return (steps[^1], state);
        }
        catch (WorkException exception)
        {
            string otherwise = steps.Count > 1 ? $"to continue from {Path.GetFileName(steps[^2])}" : "to start over";
            throw new WorkException(
                $"{exception.Message} Remove the folder '{steps[^1]}' {otherwise}, and run the same command again.",
                exception);
        }
    }

    private static bool IsStep(string path) =>
        long.TryParse(Path.GetFileName(path)[StepPrefix.Length..], NumberStyles.None, null, out _);

    private static TrainingState Read(string path)
    {
        try
        {
            TrainingState state = SealedJson.Read<TrainingState>(UserFile.ReadAllBytes(path, FileLimits.Document));
            if (state.Trainer is null)
                throw new JsonException("it has no 'trainer'.");
            return state;
        }
        catch (JsonException exception)
        {
            throw new WorkException($"'{path}' is damaged: {exception.Message}", exception);
        }
    }

    private string Write(
        string name,
        TrainingState state,
        CheckpointContent content,
        long tensorBytes,
        params (string Name, Action<Stream> Write)[] tensors)
    {
        string path = Path.Combine(folder, name);
        try
        {
            Directory.CreateDirectory(folder);
            RequireRoom(tensorBytes + OtherBytes);
            AtomicFolder.Replace(path, unfinished => Fill(unfinished, state, content, tensors));
            return path;
        }
        catch (Exception exception) when (StorageFailure.Is(exception))
        {
            throw new WorkException(
                $"The checkpoint '{path}' cannot be written: {exception.Message} "
                + "Earlier ones are kept: put it right and run the same command again.",
                exception);
        }
    }

    private static void Fill(
        string unfinished,
        TrainingState state,
        CheckpointContent content,
        (string Name, Action<Stream> Write)[] tensors)
    {
        var files = new SortedDictionary<string, FileChecksum>(StringComparer.Ordinal);
        foreach ((string file, Action<Stream> write) in tensors)
            files.Add(file, WriteFile(Path.Combine(unfinished, file), write));
        foreach ((string file, byte[] bytes) in content.Texts)
            files.Add(file, WriteFile(Path.Combine(unfinished, file), stream => stream.Write(bytes)));
        string stateText = SealedJson.Write(state with { Files = files });
        File.WriteAllText(Path.Combine(unfinished, StateFile), stateText);
    }

    private void RequireRoom(long bytes)
    {
        long free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < bytes)
            throw new IOException($"it takes {bytes / 1e9:F2} GB, and the disk has {free / 1e9:F2} GB left.");
    }

    private static FileChecksum WriteFile(string path, Action<Stream> write)
    {
        using SafeFileHandle file = AtomicFile.OpenUnfinished(path, FileOptions.None);
        using var stream = new HashedFileStream(file);
        write(stream);
        string hash = stream.FinishAsync().GetAwaiter().GetResult();
        return new FileChecksum(stream.Length, hash);
    }
}
