using System.Text;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Conversations;

/// <summary>
/// Makes a row of a sample's records and images: which images each turn shows, the template, the ids and labels, and the limits.
/// A sample too long loses whole trailing rounds; a record whose first round cannot fit even alone is rejected, the rest goes on.
/// Safe to call from many threads.
/// </summary>
/// <param name="catalog">The datasets.</param>
/// <param name="plan">The plan.</param>
/// <param name="recipe">The recipe.</param>
/// <param name="encoder">The turn encoder.</param>
/// <param name="visualTokens">Positions one image takes in the model.</param>
public sealed class SampleRenderer(SourceCatalog catalog, BlendPlan plan, Recipe recipe, RoundEncoder encoder, int visualTokens)
{
    private readonly InstructionTemplate _template = new(recipe.Template.System);

    /// <summary>Renders one sample.</summary>
    /// <param name="sample">Row of the plan's <see cref="SampleTable"/>.</param>
    /// <param name="parts">Its records, read.</param>
    /// <param name="images">Every image the records name, by id.</param>
    public RenderedSample Render(int sample, IReadOnlyList<ComposedPart> parts, IReadOnlyDictionary<int, PreparedImage> images)
    {
        EntrySettings entry = recipe.Data.Sources[plan.Samples.EntryOf(sample)];
        RecordRejectedException?[] rejections = RejectionsOf(parts, images, isJoin: entry.IsLlavaOtterBlend);
        var draft = new Draft();
        var shown = new List<int>();
        int conversationStart = 0;
        bool isFull = false;
        int roundsDropped = 0;
        for (int place = 0; place < parts.Count; place++)
        {
            ComposedPart part = parts[place];
            if (part.Planned.Role == PartRole.Begins)
                conversationStart = shown.Count;
            if (rejections[place] is not null)
                continue;
            for (int round = 0; round < part.Turns.Count; round++)
            {
                if (isFull)
                {
                    CutFrom(place, round);
                    break;
                }

                RecordRound turn = part.Turns[round];
                int[] showsNow = part.Planned.Role switch
                {
                    PartRole.FollowUp => [],
                    PartRole.Begins => [.. turn.Images],
                    _ => [.. turn.Images.Where(image => shown.IndexOf(image, conversationStart) < 0)],
                };
                RecordRejectedException? misfit = TryAdd(draft, part.Planned, turn, showsNow);
                if (misfit is null)
                {
                    shown.AddRange(showsNow);
                    continue;
                }

                // The first round of a sample that does not fit will fit nowhere: its record is left out, and the sample goes on without it.
                if (draft.Turns.Count == 0)
                {
                    rejections[place] = misfit;
                    break;
                }

                isFull = true;
                CutFrom(place, round);
                break;
            }
        }

        IReadOnlyList<(PlannedPart, RecordRejectedException)> rejected = LeftOut(parts, rejections);
        if (draft.Turns.Count == 0)
            return new RenderedSample(null, [], rejected, roundsDropped);
        int textTokens = draft.Ids.Count - shown.Count;
        var row = new SampleRow
        {
            Id = $"{entry.Name}-{plan.Samples.OrdinalOf(sample):D7}",
            Dataset = entry.Name,
            Sources = [.. draft.Turns.Select(turn => turn.Source).Distinct()],
            Images = [.. shown.Select(image => new RowImage(images[image].Bytes!.Memory, catalog.Images.PathOf(image)))],
            Turns = draft.Turns,
            Text = draft.Text.ToString(),
            InputIds = [.. draft.Ids],
            Labels = [.. draft.Labels],
            TextTokens = textTokens,
            SequenceTokens = textTokens + (shown.Count * visualTokens),
        };
        return new RenderedSample(row, [.. draft.TurnTokens], rejected, roundsDropped);

        // A record cut off whole is left out; of one cut off in the middle, the rounds are counted.
        void CutFrom(int place, int round)
        {
            if (round == 0)
                rejections[place] = new RecordRejectedException(RejectReason.SequenceTooLong, "no room was left at the end of its sample");
            else
                roundsDropped += parts[place].Turns.Count - round;
        }
    }

    /// <summary>Why each record cannot be used. Records over one image fall together, and a joined sample falls as a whole.</summary>
    private static RecordRejectedException?[] RejectionsOf(
        IReadOnlyList<ComposedPart> parts, IReadOnlyDictionary<int, PreparedImage> images, bool isJoin)
    {
        var rejections = new RecordRejectedException?[parts.Count];
        for (int place = 0; place < parts.Count; place++)
        {
            rejections[place] = parts[place].Rejection
                ?? parts[place].Turns.SelectMany(turn => turn.Images).Select(image => images[image].Rejection).FirstOrDefault(why => why is not null);
        }

        if (isJoin && rejections.Any(why => why is not null))
        {
            for (int place = 0; place < rejections.Length; place++)
                rejections[place] ??= new RecordRejectedException(RejectReason.PartnerRejected, "another record of its joined sample cannot be used");
        }

        return rejections;
    }

    /// <summary>The records of which nothing was used, each once: a follow-up may name a record that stands earlier in the sample too.</summary>
    private static List<(PlannedPart, RecordRejectedException)> LeftOut(IReadOnlyList<ComposedPart> parts, RecordRejectedException?[] rejections)
    {
        var rejected = new List<(PlannedPart, RecordRejectedException)>();
        for (int place = 0; place < parts.Count; place++)
        {
            if (rejections[place] is not { } why)
                continue;
            PlannedPart planned = parts[place].Planned;
            bool isCounted = false;
            for (int other = 0; other < parts.Count && !isCounted; other++)
            {
                bool isSameRecord = parts[other].Planned.Source == planned.Source && parts[other].Planned.Record == planned.Record;
                isCounted = isSameRecord && (other < place || rejections[other] is null);
            }

            if (!isCounted)
                rejected.Add((planned, why));
        }

        return rejected;
    }

    private RecordRejectedException? TryAdd(Draft draft, PlannedPart part, RecordRound turn, int[] showsNow)
    {
        int imagesBefore = draft.Images;
        if (imagesBefore + showsNow.Length > recipe.Data.MaxImages)
        {
            return new RecordRejectedException(
                RejectReason.TooManyImages, $"its first round shows {showsNow.Length} images; data.max_images is {recipe.Data.MaxImages}");
        }

        Instruction instruction = _template.LayOut(turn.Question, showsNow.Length, imagesBefore, isFirst: draft.Turns.Count == 0);
        int start = draft.Ids.Count;
        if (!encoder.TryEncode(instruction, turn.Answer, draft.Ids, draft.Labels))
            return new RecordRejectedException(RejectReason.SequenceTooLong, "data.max_turn_tokens would cut one of its images off");
        int turnIds = draft.Ids.Count - start;
        int sequenceTokens = draft.Ids.Count + ((imagesBefore + showsNow.Length) * (visualTokens - 1));
        if (sequenceTokens > recipe.Data.MaxSequenceTokens)
        {
            draft.Ids.RemoveRange(start, turnIds);
            draft.Labels.RemoveRange(start, turnIds);
            return new RecordRejectedException(
                RejectReason.SequenceTooLong, $"its first round takes {sequenceTokens} positions; data.max_sequence_tokens is {recipe.Data.MaxSequenceTokens}");
        }

        DatasetIndex source = catalog.Datasets[part.Source];
        if (draft.Turns.Count > 0)
            draft.Text.Append('\n');
        draft.Text.Append(instruction.ToString()).Append(turn.Answer);
        draft.Turns.Add(new RowRound(turn.Question, turn.Answer, showsNow.Length, source.Name, source.Reader.LabelOf(part.Record)));
        draft.TurnTokens.Add(turnIds - showsNow.Length);
        draft.Images += showsNow.Length;
        return null;
    }

    private sealed class Draft
    {
        public List<RowRound> Turns { get; } = [];

        public List<int> TurnTokens { get; } = [];

        public List<int> Ids { get; } = [];

        public List<int> Labels { get; } = [];

        public StringBuilder Text { get; } = new();

        public int Images { get; set; }
    }
}
