using System.Text.Json;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Scoring;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Comparing;

/// <summary>
/// <c>result.json</c> in a run's folder: what came out beside its curves. A run that has it is
/// finished and is not repeated, even when its checkpoints were deleted.
/// </summary>
internal sealed record RunResult
{
    private const string FileName = "result.json";

    /// <summary>What decided it. Another recipe, or other shards, are refused.</summary>
    public required TrainingBasis Basis { get; init; }

    /// <summary>Numbers of the model that were trained.</summary>
    public required long TrainedNumbers { get; init; }

    /// <summary>Where it was computed.</summary>
    public required string Device { get; init; }

    /// <summary>
    /// The most memory that it took, in bytes: of a GPU, all that its process held there at its
    /// end; on a CPU, its process's largest working set. Null where the system does not say.
    /// </summary>
    public required long? PeakMemoryBytes { get; init; }

    /// <summary>
    /// Why it ended early: its loss was not finite. Null: it was trained to its end.
    /// </summary>
    public required string? Diverged { get; init; }

    /// <summary>The held-out questions and its answers; null: there are none.</summary>
    public required IReadOnlyList<HeldOutQuestion>? Questions { get; init; }

    /// <summary>Its words in the conversations that are shown; null: it was not asked.</summary>
    public required IReadOnlyList<AnsweredConversation>? Conversations { get; init; }

    public static string PathIn(RunFolder folder) => Path.Combine(folder.Root, FileName);

    /// <summary>A run's result; null: it is not finished.</summary>
    /// <exception cref="WorkException">It is damaged.</exception>
    public static RunResult? ReadFrom(RunFolder folder)
    {
        string path = PathIn(folder);
        if (!File.Exists(path))
            return null;
        try
        {
            return SealedJson.Read<RunResult>(UserFile.ReadAllBytes(path, FileLimits.Document));
        }
        catch (JsonException exception)
        {
            throw new WorkException(
                $"'{path}' is damaged: {exception.Message} Remove it, and run the same command again.", exception);
        }
    }

    public void WriteTo(RunFolder folder) => AtomicFile.WriteAllText(PathIn(folder), SealedJson.Write(this));
}
