using System.Globalization;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Launching;

/// <summary>
/// The environment variables by which launchers tell a process which of several it is.
/// </summary>
/// <remarks>
/// Slurm's arrays and Kubernetes' indexed Jobs number the tasks of a launch; MPI, torchrun and
/// srun number the processes of a task. Where both are there, a task's processes follow those of
/// the task before it.
/// </remarks>
/// <param name="valueOf">The value of a variable; null or empty where it is not set.</param>
internal sealed class LaunchEnvironment(Func<string, string?> valueOf)
{
    /// <summary>What is read, for messages.</summary>
    public const string Variables =
        "SLURM_ARRAY_TASK_ID (a Slurm array), JOB_COMPLETION_INDEX (an indexed Job of Kubernetes), "
        + "RANK, PMI_RANK or OMPI_COMM_WORLD_RANK (torchrun, MPI), or SLURM_PROCID (srun)";

    /// <summary>
    /// The names of a rank and of the number of ranks, in the order in which accelerate asks for
    /// them.
    /// </summary>
    private static readonly (string Rank, string Count)[] Ranks =
    [
        ("RANK", "WORLD_SIZE"),
        ("PMI_RANK", "PMI_SIZE"),
        ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
        ("MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE"),
        ("SLURM_PROCID", "SLURM_NTASKS"),
    ];

    /// <summary>This process's own.</summary>
    public static LaunchEnvironment OfThisProcess() => new(Environment.GetEnvironmentVariable);

    /// <summary>Which process this is; null where no launcher says so.</summary>
    /// <exception cref="InputException">A variable has no such value.</exception>
    public ProcessNumber? Process()
    {
        ProcessNumber? task = ArrayTask() ?? CompletionIndex();
        ProcessNumber? rank = Rank();
        if (task is not { } outer || rank is not { } inner)
            return task ?? rank;
        int ranks = inner.Count!.Value;
        return new ProcessNumber((outer.Number * ranks) + inner.Number, outer.Count * ranks);
    }

    /// <summary>
    /// A task of an array that is numbered from 0 or 1 without gaps knows how many there are. One
    /// of a part of an array, such as tasks that are run once more, has only its number.
    /// </summary>
    private ProcessNumber? ArrayTask()
    {
        if (Integer("SLURM_ARRAY_TASK_ID") is not { } id)
            return null;
        int first = Required("SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_ID");
        int last = Required("SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_ID");
        int count = Required("SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_ID");
        bool isWhole = first <= 1 && last - first + 1 == count;
        return isWhole ? new ProcessNumber(id - first, count) : new ProcessNumber(id, null);
    }

    private ProcessNumber? CompletionIndex() =>
        Integer("JOB_COMPLETION_INDEX") is { } index ? new ProcessNumber(index, null) : null;

    private ProcessNumber? Rank()
    {
        foreach ((string rankName, string countName) in Ranks)
        {
            // Slurm sets its own for single processes too, inside a launch by others.
            if (Integer(rankName) is not { } rank || (rankName == "SLURM_PROCID" && !(Integer(countName) > 1)))
                continue;
            int count = Required(countName, rankName);
            return rank < count
                ? new ProcessNumber(rank, count)
                : throw new InputException($"{rankName} is {rank}, and {countName} {count}: a rank is less than that.");
        }

        return null;
    }

    private int Required(string name, string because) =>
        Integer(name) ?? throw new InputException($"{because} is set, but {name} is not: set both, or neither.");

    private int? Integer(string name)
    {
        if (valueOf(name) is not { Length: > 0 } text)
            return null;
        return int.TryParse(text, NumberStyles.None, null, out int value)
            ? value
            : throw new InputException($"{name} is '{text}', which is not a whole number from 0.");
    }
}
