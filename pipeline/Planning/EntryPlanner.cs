using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>
/// Makes the samples of one recipe entry: draws, groups or joins its conversations, and decides
/// their side.
/// </summary>
internal sealed class EntryPlanner(
    SourceCatalog catalog,
    Recipe recipe,
    EntrySettings settings,
    bool[][] usable,
    ImageSplit? imageSplit)
{
    private readonly List<PlannedPart[]> _made = [];
    private readonly List<Split> _sides = [];

    /// <summary>Adds the entry's samples, numbered from 0, and the side of each.</summary>
    /// <returns>The number of conversations that the entry could draw from.</returns>
    public int AddSamples(int entry, SampleTable samples, List<Split> splits)
    {
        int conversations = settings.IsLlavaOtterBlend ? Join() : Concatenate();
        int[] taken = Take();
        var sides = new Split[taken.Length];
        for (int place = 0; place < taken.Length; place++)
            sides[place] = _sides[taken[place]];
        if (imageSplit is null)
            HoldOut(taken, sides);
        for (int place = 0; place < taken.Length; place++)
        {
            samples.Add(entry, taken[place], _made[taken[place]]);
            splits.Add(sides[place]);
        }

        return conversations;
    }

    /// <summary>Indexes of the datasets the entry draws from.</summary>
    private int[] DatasetsOfEntry()
    {
        string[] names = [.. catalog.Datasets.Select(dataset => dataset.Name)];
        return [.. SourceRegistry.ComponentsOf(settings).Select(component => Array.IndexOf(names, component))];
    }

    private int Concatenate()
    {
        int index = DatasetsOfEntry()[0];
        DatasetIndex dataset = catalog.Datasets[index];
        int[] order = KeyedOrder.Shuffled(
            dataset.ConversationCount,
            recipe.Seed,
            settings.Name,
            conversation => dataset.RecordOrdinals[dataset.RecordsOf(conversation)[0]],
            "order");
        if (imageSplit is null)
        {
            Group(index, order, Split.Train, "group");
        }
        else
        {
            Group(index, OnSide(Split.Train), Split.Train, "group");
            Group(index, OnSide(Split.Validation), Split.Validation, "group-held-out");
        }

        return dataset.ConversationCount;

        int[] OnSide(Split side) =>
            Array.FindAll(order, conversation => imageSplit.SideOf(index, conversation) == side);
    }

    /// <summary>
    /// Cuts ordered conversations into groups of 1 to k. A group closes early if the next
    /// conversation would exceed the image limit, so none is lost.
    /// </summary>
    private void Group(int datasetIndex, int[] order, Split side, string purpose)
    {
        DatasetIndex dataset = catalog.Datasets[datasetIndex];
        var parts = new List<PlannedPart>();
        int groups = 0, wanted = 0, inGroup = 0, images = 0;
        foreach (int conversation in order)
        {
            if (!usable[datasetIndex][conversation])
                continue;
            int shown = dataset.ImagesOfConversation(conversation).Length;
            if (inGroup == wanted || images + shown > recipe.Data.MaxImages)
            {
                Close();
                var random = new KeyedRandom(recipe.Seed, settings.Name, groups++, purpose);
                wanted = random.NextInclusive(1, settings.Concatenate);
            }

            PartRole role = PartRole.Begins;
            foreach (int record in dataset.RecordsOf(conversation))
            {
                parts.Add(new PlannedPart((short)datasetIndex, role, 0, record));
                role = PartRole.Continues;
            }

            inGroup++;
            images += shown;
        }

        Close();

        void Close()
        {
            if (parts.Count > 0)
            {
                _made.Add([.. parts]);
                _sides.Add(side);
            }

            parts.Clear();
            (inGroup, images) = (0, 0);
        }
    }

    private int Join()
    {
        int[] datasets = DatasetsOfEntry();
        int pairIndex = datasets[^1];
        DatasetIndex pairs = catalog.Datasets[pairIndex];
        var join = new LlavaOtterJoin(catalog, recipe.Seed, settings, datasets, usable);
        for (int conversation = 0; conversation < pairs.ConversationCount; conversation++)
        {
            Split? side = imageSplit is null ? Split.Train : imageSplit.SideOf(pairIndex, conversation);
            if (side is null || !usable[pairIndex][conversation])
                continue;
            if (pairs.ImagesOfConversation(conversation).Length > recipe.Data.MaxImages)
                continue;
            if (join.TryMake(conversation) is not { } parts)
                continue;
            _made.Add(parts);
            _sides.Add(side.Value);
        }

        return pairs.ConversationCount;
    }

    /// <summary>
    /// The samples kept, in the order made: all, or as many as the recipe asks for, at random.
    /// </summary>
    private int[] Take()
    {
        if (settings.Samples.Count is not { } wanted || wanted >= _made.Count)
            return [.. Enumerable.Range(0, _made.Count)];
        int[] taken = KeyedOrder.Shuffled(_made.Count, recipe.Seed, settings.Name, sample => sample, "take")[..wanted];
        Array.Sort(taken);
        return taken;
    }

    /// <summary>
    /// Holds out the recipe's share of the entry's samples: at least one if there are two, so that
    /// every entry is measured.
    /// </summary>
    private void HoldOut(int[] taken, Split[] sides)
    {
        double fraction = recipe.Data.Validation.Fraction;
        if (fraction <= 0 || taken.Length < 2)
            return;
        int count = Math.Clamp((int)Math.Round(fraction * taken.Length), 1, taken.Length - 1);
        int[] order = KeyedOrder.Shuffled(taken.Length, recipe.Seed, settings.Name, place => taken[place], "split");
        foreach (int place in order.AsSpan(0, count))
            sides[place] = Split.Validation;
    }
}
