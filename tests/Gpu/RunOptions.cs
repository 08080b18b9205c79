using VisualChat.Gpu.Results;

namespace VisualChat.Gpu;

/// <summary>What a step is asked for.</summary>
internal sealed record RunOptions
{
    /// <summary>Where figures go.</summary>
    public required ResultFile Results { get; init; }

    /// <summary>The device that is measured: <c>cuda</c>, or <c>cpu</c> in a rehearsal.</summary>
    public required string Device { get; init; }

    /// <summary>Whether sizes are those of a rehearsal.</summary>
    public bool IsSmall { get; init; }

    /// <summary>A folder with room for the random model, in memory if it can be.</summary>
    public required string Work { get; init; }

    /// <summary>The folder that was unpacked: recipe, towers and shards.</summary>
    public required string Packed { get; init; }

    /// <summary>Whether layers keep only their inputs and are recomputed.</summary>
    public bool IsRecomputed { get; init; }

    public bool IsGpu => Device != "cpu";

    /// <summary>
    /// From <c>--results FILE --device cuda|cpu [--small] [--recomputed] --work FOLDER --packed
    /// FOLDER</c>.
    /// </summary>
    /// <exception cref="ArgumentException">A word is not known.</exception>
    public static RunOptions Parse(IEnumerable<string> words)
    {
        string results = "results.jsonl", device = "cuda", work = "work", packed = ".";
        bool isSmall = false, isRecomputed = false;
        using IEnumerator<string> next = words.GetEnumerator();
        while (next.MoveNext())
        {
            string name = next.Current;
            if (name is "--small" or "--recomputed")
            {
                isSmall |= name == "--small";
                isRecomputed |= name == "--recomputed";
                continue;
            }

            if (!next.MoveNext())
                throw new ArgumentException($"'{name}' is not known, or lacks its value.");
            _ = name switch
            {
                "--results" => results = next.Current,
                "--device" => device = next.Current,
                "--work" => work = next.Current,
                "--packed" => packed = next.Current,
                _ => throw new ArgumentException($"'{name}' is not known."),
            };
        }

        return new RunOptions
        {
            Results = new ResultFile(results),
            Device = device,
            IsSmall = isSmall,
            IsRecomputed = isRecomputed,
            Work = work,
            Packed = packed,
        };
    }
}
