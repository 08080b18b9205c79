using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Conversations;

/// <summary>Reads the records of a planned sample and words its follow-ups. Safe to call from many threads.</summary>
public sealed class ConversationComposer(SourceCatalog catalog, BlendPlan plan, Recipe recipe)
{
    /// <summary>The sample's records, in order.</summary>
    public IReadOnlyList<ComposedPart> Compose(int sample)
    {
        ReadOnlySpan<PlannedPart> planned = plan.Samples.PartsOf(sample);
        var parts = new ComposedPart[planned.Length];
        for (int place = 0; place < parts.Length; place++)
        {
            PlannedPart part = planned[place];
            try
            {
                IReadOnlyList<RecordRound> turns = catalog.Datasets[part.Source].Reader.Read(part.Record, recipe.Seed);
                if (part.Role == PartRole.FollowUp)
                    turns = FollowUp.Word(turns, part.FollowUpImage, recipe.Seed, plan.Entries[plan.Samples.EntryOf(sample)].Name, plan.Samples.OrdinalOf(sample));
                parts[place] = new ComposedPart(part, turns, null);
            }
            catch (RecordRejectedException rejection)
            {
                parts[place] = new ComposedPart(part, [], rejection);
            }
        }

        return parts;
    }
}
