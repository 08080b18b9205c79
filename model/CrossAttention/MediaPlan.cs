using VisualChat.Model.Attention;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.CrossAttention;

// B samples, W rows and S visual tokens of a padded sample.

/// <summary>What a pass's gated layers need to know about its batch, made on the host.</summary>
/// <param name="Layout">Which rows look at which visual tokens.</param>
/// <param name="Padding">
/// How samples are padded; null where attention is computed in blocks, or there is no image.
/// </param>
internal sealed record MediaPlan(MediaLayout Layout, MediaPlan.PaddedMedia? Padding)
{
    public static MediaPlan Of(MediaLayout layout, bool isPadded, PackedNumbers numbers)
    {
        if (!isPadded || layout.Rows == 0)
            return new MediaPlan(layout, null);
        IReadOnlyList<SampleLayout> samples = layout.Samples;
        var rows = PaddedRows.Of(numbers, samples.Select(sample => sample.TextRows).ToArray());
        var media = PaddedRows.Of(numbers, samples.Select(sample => sample.ImageRows).ToArray());

        // A row that has no image before it looks at one visual token, and its result is left out.
        int places = samples.Count * rows.Width;
        long[] first = new long[places], end = new long[places], looks = new long[places];
        Array.Fill(end, 1);
        for (int sample = 0; sample < samples.Count; sample++)
        {
            int place = sample * rows.Width;
            foreach (Segment segment in samples[sample].TextSegments)
            {
                for (int count = 0; count < segment.Length; count++, place++)
                {
                    if (segment.OtherRowsBefore == 0)
                        continue;
                    (first[place], end[place], looks[place]) =
                        (layout.First(segment.OtherRowsBefore), segment.OtherRowsBefore, 1);
                }
            }
        }

        return new MediaPlan(
            layout, new PaddedMedia(rows, media, numbers.Add(first), numbers.Add(end), numbers.Add(looks)));
    }

    /// <summary>The pass, with what was sent.</summary>
    /// <param name="sent">Has what this plan packed.</param>
    /// <param name="type">The type that is computed in.</param>
    /// <param name="cachedRows">
    /// Visual tokens before those of the one sample; 0 without a cache.
    /// </param>
    public MediaPass Pass(SentNumbers sent, ScalarType type, long cachedRows = 0) => new(
        Layout, Padding is null ? null : PaddedMediaAttention.Of(Padding, sent, type), cachedRows);

    /// <summary>Padded samples.</summary>
    /// <param name="Rows">[B, W] The decoder's rows.</param>
    /// <param name="Media">[B, S] The visual tokens.</param>
    /// <param name="First">
    /// [B · W] The first of its sample's visual tokens that a row looks at.
    /// </param>
    /// <param name="End">[B · W] The one after the last.</param>
    /// <param name="Looks">[B · W] 1 for a row that has an image before it, else 0.</param>
    internal sealed record PaddedMedia(
        PaddedRows Rows, PaddedRows Media, NumberRange First, NumberRange End, NumberRange Looks);
}
