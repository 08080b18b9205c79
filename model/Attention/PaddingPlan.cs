using VisualChat.Model.Transfers;

namespace VisualChat.Model.Attention;

// B samples, T text rows of the longest sample, I image rows of the longest.

/// <summary>
/// How a batch's packed rows are spread out to [B, T] text rows and [B, I] image rows, so that a
/// layer's attention is two launches whatever the batch.
/// </summary>
internal sealed record PaddingPlan
{
    public required long Samples { get; init; }

    public required PaddedKind Text { get; init; }

    /// <summary>Null if no text row sees an image.</summary>
    public required PaddedKind? Images { get; init; }

    /// <summary>
    /// [B · T] The image rows that each padded text row sees; null if none sees any.
    /// </summary>
    public required NumberRange? ImageRowsSeen { get; init; }

    public static PaddingPlan Of(InterleavedLayout layout, PackedNumbers numbers)
    {
        IReadOnlyList<SampleLayout> samples = layout.Samples;
        var text = PaddedKind.Of([.. samples.Select(sample => sample.TextRows)], numbers);
        bool seesImages = samples.Any(sample => sample.TextSegments.Any(segment => segment.OtherRowsBefore > 0));
        return new PaddingPlan
        {
            Samples = samples.Count,
            Text = text,
            Images = seesImages ? PaddedKind.Of([.. samples.Select(sample => sample.ImageRows)], numbers) : null,
            ImageRowsSeen = seesImages ? numbers.Add(Seen(samples, text.Longest)) : null,
        };
    }

    private static int[] Seen(IReadOnlyList<SampleLayout> samples, int longest)
    {
        int[] seen = new int[samples.Count * longest];
        for (int index = 0; index < samples.Count; index++)
        {
            int row = index * longest;
            foreach (Segment segment in samples[index].TextSegments)
            {
                seen.AsSpan(row, segment.Length).Fill(segment.OtherRowsBefore);
                row += segment.Length;
            }
        }

        return seen;
    }
}
