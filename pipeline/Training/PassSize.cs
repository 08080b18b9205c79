using VisualChat.Model;
using VisualChat.Model.Memory;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// How many positions go through the model at once, and whether activations are recomputed: what
/// the recipe says, or what memory allows (docs/decisions/0030).
/// </summary>
internal sealed record PassSize
{
    // Products of more rows gain nothing. A step of the ladder changes memory by a third or less,
    // and what is free may change a little without changing the step.
    private static readonly int[] Ladder = [16384, 12288, 8192, 6144, 4096, 3072, 2048, 1536, 1024, 768, 512];

    // With fewer rows a GPU's products are slower than recomputing makes them.
    private const int EnoughForGpu = 2048;

    // A CPU's products gain nothing above it, and a few passes are computed side by side.
    private const int MostForCpu = 1024;

    private const int EvaluationForCpu = 2048;
    private const int MostForUnknownGpu = 8192;

    // Passes that keep nothing have room for more.
    private const int EvaluationFactor = 4;

    // The rest is for what the forecast does not know: gaps between blocks, libraries' workspaces.
    private const double UsableShare = 0.92;

    private const string Cpu = "cpu";
    private const string Recompute = "training.gradient_checkpointing to true";

    /// <summary>How an update is cut.</summary>
    public required IMicroBatchCut Cut { get; init; }

    /// <summary>How an evaluation is cut.</summary>
    public required IMicroBatchCut EvaluationCut { get; init; }

    /// <summary>Whether layers recompute their activations.</summary>
    public required bool IsCheckpointed { get; init; }

    /// <summary>What of it the recipe left to the program; null: nothing.</summary>
    public required ChosenPass? Chosen { get; init; }

    /// <summary>What the training will take and what is free, for the user.</summary>
    public required string Memory { get; init; }

    /// <summary>The most positions of a pass.</summary>
    public required long Positions { get; init; }

    /// <summary>What such a pass takes if layers keep their activations.</summary>
    public required MemoryNeed Kept { get; init; }

    /// <summary>What it takes if they recompute them.</summary>
    public required MemoryNeed Recomputed { get; init; }

    /// <summary>
    /// Why not even the longest sample alone fits, and what to change; null: it does.
    /// </summary>
    public required string? TooLarge { get; init; }

    /// <summary>The size of a training's passes.</summary>
    /// <inheritdoc cref="Foretold" path="/param"/>
    /// <exception cref="InputException">Not even the longest sample alone fits.</exception>
    public static PassSize Of(
        TrainingSettings settings,
        ModelDescription description,
        BatchMix mix,
        int longest,
        FreeMemory? memory,
        ChosenPass? earlier)
    {
        var forecast = MemoryForecast.Of(description);
        PassSize size = Foretold(settings, description, forecast, mix, longest, memory, earlier);
        return size.TooLarge is null ? size : throw new InputException(size.TooLarge);
    }

    /// <summary>The same, whether it fits or not.</summary>
    /// <param name="settings">What the recipe says.</param>
    /// <param name="description">The model.</param>
    /// <param name="forecast">What it takes.</param>
    /// <param name="mix">What the shards hold.</param>
    /// <param name="longest">Positions of the longest sample.</param>
    /// <param name="memory">The device's; null: it does not say.</param>
    /// <param name="earlier">What was chosen when the training began.</param>
    public static PassSize Foretold(
        TrainingSettings settings,
        ModelDescription description,
        MemoryForecast forecast,
        BatchMix mix,
        int longest,
        FreeMemory? memory,
        ChosenPass? earlier)
    {
        bool isCpu = description.Device == Cpu;
        long usable = memory is null ? long.MaxValue : (long)(UsableShare * memory.Free);
        (int positions, bool isCheckpointed) = Choose();
        MemoryNeed need = Need(positions, isCheckpointed);
        bool isFixed = settings.MicroBatch is not null || settings.MicroBatchPositions.Count is not null;
        var chosen = new ChosenPass(
            isFixed ? null : positions, settings.GradientCheckpointing.Truth is null ? isCheckpointed : null);
        return new PassSize
        {
            Cut = settings.MicroBatch is { } samples ? new SampleCut(samples) : new EvenCut(positions),
            EvaluationCut = EvaluationCutOf(settings, () => forecast, isCpu, mix, longest, memory),
            IsCheckpointed = isCheckpointed,
            Chosen = chosen is { Positions: null, IsCheckpointed: null } ? null : chosen,
            Memory = Text(),
            Positions = Largest(positions),
            Kept = Need(positions, isCheckpointed: false),
            Recomputed = Need(positions, isCheckpointed: true),
            TooLarge = TooLarge(),
        };

        (int Positions, bool IsCheckpointed) Choose()
        {
            int most = isCpu ? MostForCpu : memory is null ? MostForUnknownGpu : Ladder[0];
            int[] steps = [.. Ladder.Where(step => step <= most)];
            int? given = settings.MicroBatch is { } micro
                ? (int)Math.Min(int.MaxValue, mix.PositionsOf(micro))
                : settings.MicroBatchPositions.Count;
            bool? isGiven = settings.GradientCheckpointing.Truth;
            if ((given ?? earlier?.Positions) is { } known && (isGiven ?? earlier?.IsCheckpointed) is { } knownTruth
                && (isCpu || (given is not null && isGiven is not null) || Fits(known, knownTruth)))
            {
                return (known, knownTruth);
            }

            if (given is { } fixedPositions)
                return (fixedPositions, isGiven ?? !Fits(fixedPositions, isCheckpointed: false));
            int kept = isGiven is true ? 0 : Array.Find(steps, step => Fits(step, isCheckpointed: false));
            int least = isCpu ? 1 : EnoughForGpu;
            if (isGiven is false || kept >= least)
                return (kept == 0 ? steps[^1] : kept, false);
            int recomputed = Array.Find(steps, step => Fits(step, isCheckpointed: true));
            return (recomputed == 0 ? steps[^1] : recomputed, true);
        }

        bool Fits(int ofPositions, bool isCheckpointed) => Need(ofPositions, isCheckpointed).Total <= usable;

        MemoryNeed Need(long ofPositions, bool isCheckpointed) => forecast.OfTraining(
            settings.Optimizer, mix.Shape(Largest(ofPositions), !isCpu), isCheckpointed);

        // A pass has no more than an update's samples, and at least one of them.
        long Largest(long ofPositions) => Math.Max(Math.Min(ofPositions, mix.PositionsOf(settings.Batch)), longest);

        // A CPU's memory may be swapped, and weights that are mapped take none: only what the whole
        // machine does not have is refused there.
        string? TooLarge()
        {
            if (memory is null)
                return null;
            MemoryNeed least = Need(longest, settings.GradientCheckpointing.Truth ?? true);
            long most = isCpu ? memory.Total : memory.Free;
            if (least.Total <= most)
                return null;
            return $"The training does not fit into {description.Device}'s memory: the smallest step, of the longest "
                + $"sample's {longest:N0} positions, takes about {Gigabytes(least.Total)} GB ({Parts(least)}), "
                + $"and {Gigabytes(most)} GB are there. {Smaller(settings)}";
        }

        string Text()
        {
            string there = memory is null ? "" : $" of {Gigabytes(memory.Free)} GB free";
            string how = isCheckpointed ? "recomputed" : "kept";
            string size = settings.MicroBatch is { } samples
                ? $"{samples:N0} samples" : $"{Largest(positions):N0} positions";
            return $"Memory on {description.Device}: about {Gigabytes(need.Total)} GB{there} "
                + $"({Parts(need)} of up to {size}; activations are {how}).";
        }
    }

    /// <summary>How an evaluation is cut.</summary>
    /// <inheritdoc cref="Foretold" path="/param"/>
    public static IMicroBatchCut EvaluationCutOf(
        TrainingSettings settings, ModelDescription description, BatchMix mix, int longest, FreeMemory? memory) =>
        EvaluationCutOf(
            settings,
            () => MemoryForecast.Of(description),
            description.Device == Cpu,
            mix,
            longest,
            memory);

    private static OrderedCut EvaluationCutOf(
        TrainingSettings settings,
        Func<MemoryForecast> forecast,
        bool isCpu,
        BatchMix mix,
        int longest,
        FreeMemory? memory)
    {
        int positions = isCpu ? EvaluationForCpu : memory is null ? MostForUnknownGpu : MostThatFit(memory.Free);
        int most = settings.MicroBatchPositions.Count is { } given and <= int.MaxValue / EvaluationFactor
            ? EvaluationFactor * given
            : int.MaxValue;
        return new OrderedCut(Math.Max(1, Math.Min(positions, most)));

        int MostThatFit(long free)
        {
            MemoryForecast foretold = forecast();
            return Array.Find(Ladder, step =>
            {
                BatchShape shape = mix.Shape(Math.Max(step, longest), isPadded: true);
                return foretold.OfEvaluation(settings.Optimizer, shape).Total <= UsableShare * free;
            });
        }
    }

    /// <summary>What to change in a recipe whose passes take too much memory.</summary>
    /// <param name="settings">What the recipe says.</param>
    /// <param name="chosen">What the program chose.</param>
    public static string LessMemory(TrainingSettings settings, ChosenPass? chosen)
    {
        string smaller = settings.MicroBatch is { } samples
            ? $"training.micro_batch lower than {samples}"
            : (settings.MicroBatchPositions.Count ?? chosen?.Positions) is { } positions
                ? $"training.micro_batch_positions lower than {positions}"
                : "training.micro_batch_positions to a low number, such as 1000";
        List<string> changes = settings.MicroBatch == 1 ? [] : [smaller];
        if ((settings.GradientCheckpointing.Truth ?? chosen?.IsCheckpointed) is not true)
            changes.Add(Recompute);
        return changes.Count == 0
            ? "Free memory, or blend shorter samples (data.max_sequence_tokens)."
            : $"Set {string.Join(", or ", changes)}.";
    }

    private static string Smaller(TrainingSettings settings) =>
        (settings.GradientCheckpointing.Truth is false ? $"Set {Recompute}, or train" : "Train")
        + " fewer parts, in 16 bits (model.dtype), on shorter samples (data.max_sequence_tokens), "
        + "or on another device.";

    private static string Parts(MemoryNeed need) =>
        $"{Gigabytes(need.Frozen)} weights, {Gigabytes(need.Trained)} what is trained, "
        + $"{Gigabytes(need.Kept + need.Temporary)} a pass";

    private static string Gigabytes(long bytes) => (bytes / 1e9).ToString(bytes < 10_000_000_000 ? "0.##" : "0.#");
}
