using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Blending;

/// <summary>
/// The refusal of a blend that leaves nothing to train on, with all that is known of why.
/// </summary>
internal static class NothingLeft
{
    /// <summary>Whether a plan has no sample to train on.</summary>
    public static bool IsIn(BlendPlan plan) => plan.Shards.All(shard => shard.Split != Split.Train);

    /// <summary>The refusal of a plan, before any shard is made.</summary>
    /// <param name="blend">A blend whose plan has no sample to train on.</param>
    public static InputException Of(RecipeBlend blend) =>
        Of(blend, BlendAccounting.Rejects(blend.Catalog, blend.Plan, []), HeldOut(blend.Plan), writtenTo: null);

    /// <summary>
    /// The refusal of a blend. Its rejects are written first, and nothing else is kept: another run
    /// into the same folder starts over.
    /// </summary>
    /// <param name="blend">The blend.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="accounts">
    /// The shards' accounts; none if the plan has nothing to train on.
    /// </param>
    /// <exception cref="IOException">The storage failed.</exception>
    public static InputException Of(RecipeBlend blend, OutputFolder folder, IReadOnlyList<ShardAccount> accounts)
    {
        IReadOnlyList<Reject> rejects = BlendAccounting.Rejects(blend.Catalog, blend.Plan, accounts);
        int heldOut = accounts.Count == 0 ? HeldOut(blend.Plan) : accounts.Sum(account => account.Rows);
        folder.Clear();
        folder.WriteRejects(rejects);
        return Of(blend, rejects, heldOut, folder.RejectsPath);
    }

    private static InputException Of(
        RecipeBlend blend, IReadOnlyList<Reject> rejects, int heldOut, string? writtenTo)
    {
        var problems = new List<string>
        {
            heldOut == 0
                ? "The recipe gives no sample from this data."
                : $"The recipe gives no sample to train on: all {heldOut:N0} are held out (data.validation).",
        };
        for (int index = 0; index < blend.Catalog.Datasets.Count; index++)
        {
            if (ProblemOf(blend, index, rejects) is { } problem)
                problems.Add(problem);
        }

        if (blend.Plan.StraddlingConversations > 0)
        {
            problems.Add(
                $"{blend.Plan.StraddlingConversations:N0} conversations are left out: "
                + "their images are on both sides of the split (data.validation).");
        }

        if (writtenTo is not null && rejects.Count > 0)
            problems.Add($"'{writtenTo}' names every record that was left out.");
        return new InputException(problems);
    }

    /// <summary>What is wrong with a dataset; null if all its records can be used.</summary>
    private static string? ProblemOf(RecipeBlend blend, int index, IReadOnlyList<Reject> rejects)
    {
        DatasetIndex dataset = blend.Catalog.Datasets[index];
        RecordCounts records = BlendAccounting.Count(blend.Catalog, blend.Plan, index, rejects);
        IReadOnlyList<RejectSummary> reasons = RejectSummary.Of(dataset, rejects);
        if (records.Drawn == 0 && records.NotDrawn == 0)
            return RejectSummary.NothingUsable(dataset.Name, records.Read, reasons) + ".";
        return reasons.Count == 0 ? null : $"{dataset.Name}: {string.Join("; ", reasons)}.";
    }

    private static int HeldOut(BlendPlan plan) => plan.Shards.Sum(shard => shard.Samples.Length);
}
