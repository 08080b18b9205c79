using VisualChat.Model.Transfers;

namespace VisualChat.Model.Attention;

// B samples, T text rows of the longest sample, I image rows of the longest.

/// <summary>
/// How a batch's packed rows are spread out to equally long samples, so that a layer's attention is
/// two or three launches whatever the batch.
/// </summary>
internal sealed record PaddingPlan
{
    /// <summary>T</summary>
    public required int Text { get; init; }

    /// <summary>I; 0 if no image row takes part.</summary>
    public required int Images { get; init; }

    /// <summary>
    /// The text rows, [B, T]; in the released mode text and image rows, [B, T + I].
    /// </summary>
    public required PaddedRows Rows { get; init; }

    /// <summary>
    /// The image rows, [B, I]; null if no text row sees any, and in the released mode.
    /// </summary>
    public required PaddedRows? ImageRows { get; init; }

    /// <summary>
    /// For each of the padded rows, how many of its sample's text rows it looks at in the second
    /// softmax, from the first on; under one softmax over both kinds, how many of its rows of both,
    /// as they are read; null if there is neither.
    /// </summary>
    public required NumberRange? TextSeen { get; init; }

    /// <summary>The same of image rows.</summary>
    public required NumberRange? ImagesSeen { get; init; }

    /// <summary>
    /// 1 for each padded row whose second softmax follows its scores, 0 where it is even (released
    /// mode) or left out (mmca, where nothing is seen); null if there is no second softmax.
    /// </summary>
    public required NumberRange? Looks { get; init; }

    /// <summary>Whether image rows spread over image rows: some sample begins with one.</summary>
    public bool ImagesSeeImages { get; private init; }

    public static PaddingPlan Of(InterleavedLayout layout, AttentionMode mode, PackedNumbers numbers)
    {
        IReadOnlyList<SampleLayout> samples = layout.Samples;
        int[] textRows = [.. samples.Select(sample => sample.TextRows)];
        int[] imageRows = [.. samples.Select(sample => sample.ImageRows)];
        bool seesImages = samples.Any(sample => sample.TextSegments.Any(segment => segment.OtherRowsBefore > 0));
        bool hasImages = layout.ImageRows > 0;
        if (mode == AttentionMode.MmcaDeepSpeed)
        {
            var rows = hasImages
                ? PaddedRows.Of(numbers, textRows, imageRows)
                : PaddedRows.Of(numbers, textRows);
            return WithSight(rows, null, Released(samples, textRows.Max(), imageRows.Max())) with
            {
                ImagesSeeImages = samples.Any(sample =>
                    sample.ImageSegments.Count > 0 && sample.ImageSegments[0].OtherRowsBefore == 0),
            };
        }

        var text = PaddedRows.Of(numbers, textRows);
        if (mode == AttentionMode.CraCaMask && hasImages)
            return WithSight(text, null, Joint(samples, text.Width));
        return seesImages
            ? WithSight(text, PaddedRows.Of(numbers, imageRows), Mmca(samples, text.Width, imageRows.Max()))
            : WithSight(text, null, null);

        PaddingPlan WithSight(PaddedRows rows, PaddedRows? images, Sight? sight) => new()
        {
            Text = textRows.Max(),
            Images = imageRows.Max(),
            Rows = rows,
            ImageRows = images,
            TextSeen = sight is null ? null : numbers.Add(sight.Text),
            ImagesSeen = sight is null ? null : numbers.Add(sight.Images),
            Looks = sight is null ? null : numbers.Add(sight.Looks),
        };
    }

    // A text row looks at the images before it. A row that has none looks at the first, and its
    // result is left out.
    private static Sight Mmca(IReadOnlyList<SampleLayout> samples, int text, int images)
    {
        var sight = new Sight(samples.Count * text);
        for (int sample = 0; sample < samples.Count; sample++)
        {
            int row = sample * text;
            foreach (Segment segment in samples[sample].TextSegments)
            {
                for (int count = 0; count < segment.Length; count++, row++)
                    sight.Set(row, 0, Math.Max(1, segment.OtherRowsBefore), looks: segment.OtherRowsBefore > 0);
            }

            for (; row < (sample + 1) * text; row++)
                sight.Set(row, 0, Math.Min(1, images), looks: false);
        }

        return sight;
    }

    // A text row looks at all rows up to itself.
    private static Sight Joint(IReadOnlyList<SampleLayout> samples, int text)
    {
        var sight = new Sight(samples.Count * text);
        for (int sample = 0; sample < samples.Count; sample++)
        {
            int own = 0, row = sample * text;
            foreach (Segment segment in samples[sample].TextSegments)
            {
                for (int count = 0; count < segment.Length; count++)
                    sight.Set(row++, ++own + segment.OtherRowsBefore, 0, looks: true);
            }

            for (; row < (sample + 1) * text; row++)
                sight.Set(row, 1, 0, looks: true);
        }

        return sight;
    }

    // See DeepSpeedMmcaAttention: what has nothing of the other kind before it spreads evenly over
    // its own kind up to itself, and over all of the other.
    private static Sight Released(IReadOnlyList<SampleLayout> samples, int text, int images)
    {
        int width = text + images;
        var sight = new Sight(samples.Count * width);
        for (int sample = 0; sample < samples.Count; sample++)
        {
            SampleLayout layout = samples[sample];
            for (int row = 0; row < width; row++)
                sight.Set((sample * width) + row, 1, 0, looks: true);
            int own = 0, place = sample * width;
            foreach (Segment segment in layout.TextSegments)
            {
                for (int count = 0; count < segment.Length; count++)
                {
                    bool looks = segment.OtherRowsBefore > 0;
                    own++;
                    sight.Set(place++, looks ? 0 : own, looks ? segment.OtherRowsBefore : layout.ImageRows, looks);
                }
            }

            (own, place) = (0, (sample * width) + text);
            foreach (Segment segment in layout.ImageSegments)
            {
                for (int count = 0; count < segment.Length; count++)
                {
                    bool looks = segment.OtherRowsBefore > 0;
                    own++;
                    sight.Set(place++, looks ? segment.OtherRowsBefore : layout.TextRows, looks ? 0 : own, looks);
                }
            }
        }

        return sight;
    }

    /// <summary>What each padded row looks at in the second softmax.</summary>
    private sealed class Sight(int rows)
    {
        public int[] Text { get; } = new int[rows];

        public int[] Images { get; } = new int[rows];

        public int[] Looks { get; } = new int[rows];

        public void Set(int row, int text, int images, bool looks) =>
            (Text[row], Images[row], Looks[row]) = (text, images, looks ? 1 : 0);
    }
}
