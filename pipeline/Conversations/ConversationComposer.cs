using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Conversations;

/// <summary>
/// Reads the records of a planned sample and words its follow-ups. Safe to call from many threads.
/// </summary>
internal sealed class ConversationComposer(SourceCatalog catalog, BlendPlan plan, Recipe recipe)
{
    /// <summary>The sample's records, in order.</summary>
    public IReadOnlyList<ComposedPart> Compose(int sample)
    {
        ReadOnlySpan<PlannedPart> planned = plan.Samples.PartsOf(sample);
        var parts = new ComposedPart[planned.Length];
        for (int place = 0; place < parts.Length; place++)
            parts[place] = Compose(sample, planned[place]);
        return parts;
    }

    private ComposedPart Compose(int sample, PlannedPart part)
    {
        try
        {
            IReadOnlyList<RecordRound> rounds = catalog.Datasets[part.Dataset].Reader.Read(part.Record, recipe.Seed);
            return new ComposedPart(part, part.Role == PartRole.FollowUp ? Word(rounds, sample, part) : rounds, null);
        }
        catch (RecordRejectedException rejection)
        {
            return new ComposedPart(part, [], rejection);
        }
    }

    private IReadOnlyList<RecordRound> Word(IReadOnlyList<RecordRound> rounds, int sample, PlannedPart part)
    {
        string entry = plan.Entries[plan.Samples.EntryOf(sample)].Name;
        return FollowUp.Word(rounds, part.FollowUpImage, recipe.Seed, entry, plan.Samples.OrdinalOf(sample));
    }
}
