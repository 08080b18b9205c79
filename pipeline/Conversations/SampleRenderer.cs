using System.Text;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Conversations;

/// <summary>
/// Makes a row of a sample's records and images: which images each round shows, the template, the
/// ids and labels, and the limits. A sample that is too long loses whole trailing rounds. A record
/// whose first round does not fit even alone is rejected, and the sample does without it. Safe to
/// call from many threads.
/// </summary>
/// <param name="catalog">The datasets.</param>
/// <param name="plan">The plan.</param>
/// <param name="recipe">The recipe.</param>
/// <param name="encoder">Encodes each round.</param>
/// <param name="visualTokens">Positions one image takes in the model.</param>
internal sealed class SampleRenderer(
    SourceCatalog catalog, BlendPlan plan, Recipe recipe, RoundEncoder encoder, int visualTokens)
{
    private readonly InstructionTemplate _template = new(recipe.Template.System);

    /// <summary>Renders one sample.</summary>
    /// <param name="sample">Row of the plan's <see cref="SampleTable"/>.</param>
    /// <param name="parts">Its records, read.</param>
    /// <param name="images">Every image the records name, by id.</param>
    public RenderedSample Render(
        int sample, IReadOnlyList<ComposedPart> parts, IReadOnlyDictionary<int, PreparedImage> images)
    {
        EntrySettings entry = recipe.Data.Sources[plan.Samples.EntryOf(sample)];
        var draft = new Draft(RejectionsOf(parts, images, isJoin: entry.IsLlavaOtterBlend));
        for (int place = 0; place < parts.Count; place++)
        {
            if (parts[place].Planned.Role == PartRole.Begins)
                draft.ConversationStart = draft.Shown.Count;
            if (draft.Rejections[place] is null)
                Add(draft, parts[place], place);
        }

        return new RenderedSample
        {
            Row = draft.Rounds.Count > 0 ? RowOf(draft, entry.Name, plan.Samples.OrdinalOf(sample), images) : null,
            RoundTokens = [.. draft.RoundTokens],
            Rejected = LeftOut(parts, draft.Rejections),
            RoundsDropped = draft.RoundsDropped,
            AnswersCut = draft.AnswersCut,
            Images = images.Values,
        };
    }

    /// <summary>Why each record cannot be used: a joined sample falls as a whole.</summary>
    private static RecordRejectedException?[] RejectionsOf(
        IReadOnlyList<ComposedPart> parts, IReadOnlyDictionary<int, PreparedImage> images, bool isJoin)
    {
        RecordRejectedException?[] rejections = [.. parts.Select(part => part.Rejection ?? RejectionOfImages(part))];
        if (isJoin && rejections.Any(why => why is not null))
        {
            for (int place = 0; place < rejections.Length; place++)
            {
                rejections[place] ??= new RecordRejectedException(
                    RejectReason.PartnerRejected, "another record of its joined sample cannot be used");
            }
        }

        return rejections;

        RecordRejectedException? RejectionOfImages(ComposedPart part) => part.Rounds
            .SelectMany(round => round.Images)
            .Select(image => images[image].Rejection)
            .FirstOrDefault(why => why is not null);
    }

    private void Add(Draft draft, ComposedPart part, int place)
    {
        for (int round = 0; round < part.Rounds.Count; round++)
        {
            if (draft.IsFull)
            {
                CutFrom(draft, part, place, round);
                return;
            }

            int[] shown = ShownBy(part.Rounds[round], part.Planned.Role, draft);
            RecordRejectedException? misfit = TryAdd(draft, part.Planned, part.Rounds[round], shown);
            if (misfit is null)
                continue;

            // A first round that fits nowhere: its record is left out, and the sample continues
            // with the next record.
            bool fitsNowhere = draft.Rounds.Count == 0 || misfit.Reason == RejectReason.NothingToLearn;
            if (round == 0 && fitsNowhere)
            {
                draft.Rejections[place] = misfit;
                return;
            }

            // A later round without an answer ends its record, whose next rounds may speak of it.
            if (misfit.Reason == RejectReason.NothingToLearn)
            {
                CutFrom(draft, part, place, round);
                return;
            }

            draft.IsFull = true;
            CutFrom(draft, part, place, round);
            return;
        }
    }

    /// <summary>
    /// The images that a round shows and that its conversation has not shown before.
    /// </summary>
    private static int[] ShownBy(RecordRound round, PartRole role, Draft draft) => role switch
    {
        PartRole.FollowUp => [],
        PartRole.Begins => [.. round.Images],
        _ => [.. round.Images.Where(image => draft.Shown.IndexOf(image, draft.ConversationStart) < 0)],
    };

    /// <summary>
    /// A record cut off whole is left out; of one cut off in the middle, the rounds are counted.
    /// </summary>
    private static void CutFrom(Draft draft, ComposedPart part, int place, int round)
    {
        if (round > 0)
        {
            draft.RoundsDropped += part.Rounds.Count - round;
            return;
        }

        draft.Rejections[place] = new RecordRejectedException(
            RejectReason.SequenceTooLong, "no room was left at the end of its sample");
    }

    private RecordRejectedException? TryAdd(Draft draft, PlannedPart part, RecordRound round, int[] shown)
    {
        int imagesBefore = draft.Shown.Count;
        if (imagesBefore + shown.Length > recipe.Data.MaxImages)
        {
            return new RecordRejectedException(
                RejectReason.TooManyImages,
                $"its first round shows {shown.Length} images; data.max_images is {recipe.Data.MaxImages}");
        }

        bool isFirst = draft.Rounds.Count == 0;
        Instruction instruction = _template.LayOut(round.Question, shown.Length, imagesBefore, isFirst);
        int start = draft.Ids.Count;
        RoundCut cut = encoder.Encode(instruction, round.Answer, draft.Ids, draft.Labels);
        if (cut == RoundCut.Image)
        {
            return new RecordRejectedException(
                RejectReason.SequenceTooLong, "data.max_turn_tokens would cut one of its images off");
        }

        if (cut == RoundCut.WholeAnswer)
        {
            return new RecordRejectedException(
                RejectReason.NothingToLearn,
                $"its question alone takes the {recipe.Data.MaxTurnTokens} tokens of data.max_turn_tokens");
        }

        int roundIds = draft.Ids.Count - start;
        int sequenceTokens = draft.Ids.Count + ((imagesBefore + shown.Length) * (visualTokens - 1));
        if (sequenceTokens > recipe.Data.MaxSequenceTokens)
        {
            draft.Ids.RemoveRange(start, roundIds);
            draft.Labels.RemoveRange(start, roundIds);
            return new RecordRejectedException(
                RejectReason.SequenceTooLong,
                $"its first round takes {sequenceTokens} positions; "
                + $"data.max_sequence_tokens is {recipe.Data.MaxSequenceTokens}");
        }

        DatasetIndex dataset = catalog.Datasets[part.Dataset];
        string label = dataset.Reader.LabelOf(part.Record);
        draft.Rounds.Add(new RowRound(round.Question, round.Answer, shown.Length, dataset.Name, label));
        draft.RoundTokens.Add(roundIds - shown.Length);
        if (cut == RoundCut.EndOfAnswer)
            draft.AnswersCut++;
        draft.Shown.AddRange(shown);
        if (!isFirst)
            draft.Text.Append('\n');
        draft.Text.Append(instruction.ToString()).Append(round.Answer);
        return null;
    }

    private SampleRow RowOf(
        Draft draft, string entry, int ordinal, IReadOnlyDictionary<int, PreparedImage> images)
    {
        int textTokens = draft.Ids.Count - draft.Shown.Count;
        return new SampleRow
        {
            Id = $"{entry}-{ordinal:D7}",
            Dataset = entry,
            Sources = [.. draft.Rounds.Select(round => round.Source).Distinct()],
            Images =
            [
                .. draft.Shown.Select(image =>
                    new RowImage(images[image].Bytes!.Memory, catalog.Images.PathOf(image))),
            ],
            Rounds = draft.Rounds,
            Text = draft.Text.ToString(),
            InputIds = [.. draft.Ids],
            Labels = [.. draft.Labels],
            TextTokens = textTokens,
            SequenceTokens = textTokens + (draft.Shown.Count * visualTokens),
        };
    }

    /// <summary>
    /// The records of which nothing was used, each once: a follow-up may name a record that stands
    /// earlier in the sample too.
    /// </summary>
    private static List<(PlannedPart, RecordRejectedException)> LeftOut(
        IReadOnlyList<ComposedPart> parts, RecordRejectedException?[] rejections)
    {
        var rejected = new List<(PlannedPart, RecordRejectedException)>();
        for (int place = 0; place < parts.Count; place++)
        {
            if (rejections[place] is { } why && !IsCounted(place))
                rejected.Add((parts[place].Planned, why));
        }

        return rejected;

        bool IsCounted(int place)
        {
            PlannedPart planned = parts[place].Planned;
            for (int other = 0; other < parts.Count; other++)
            {
                PlannedPart found = parts[other].Planned;
                bool isSameRecord = found.Dataset == planned.Dataset && found.Record == planned.Record;
                if (isSameRecord && (other < place || rejections[other] is null))
                    return true;
            }

            return false;
        }
    }

    private sealed class Draft(RecordRejectedException?[] rejections)
    {
        /// <summary>[records] Why each is left out.</summary>
        public RecordRejectedException?[] Rejections { get; } = rejections;

        /// <summary>Ids of the images shown, in order.</summary>
        public List<int> Shown { get; } = [];

        /// <summary>
        /// Where the images of the current conversation begin in <see cref="Shown"/>.
        /// </summary>
        public int ConversationStart { get; set; }

        /// <summary>A round did not fit: nothing more is added.</summary>
        public bool IsFull { get; set; }

        public int RoundsDropped { get; set; }

        public int AnswersCut { get; set; }

        public List<RowRound> Rounds { get; } = [];

        public List<int> RoundTokens { get; } = [];

        public List<int> Ids { get; } = [];

        public List<int> Labels { get; } = [];

        public StringBuilder Text { get; } = new();
    }
}
