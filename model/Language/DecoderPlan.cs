using VisualChat.Model.Attention;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>
/// What a pass through the decoder needs to know about its batch. It is made on the host before
/// anything is computed, so that all of it is sent at once.
/// </summary>
internal sealed record DecoderPlan
{
    /// <summary>
    /// The layout that is attended over. Under causal attention all of it is text.
    /// </summary>
    public required InterleavedLayout Layout { get; init; }

    /// <summary>
    /// Text and image rows in reading order, where causal attention takes all as text; else null.
    /// </summary>
    public required NumberRange? ReadingOrder { get; init; }

    public required RotaryPlan Text { get; init; }

    /// <summary>Null without image rows.</summary>
    public required RotaryPlan? Images { get; init; }

    /// <summary>How samples are padded; null where attention is computed in blocks.</summary>
    public required PaddingPlan? Padding { get; init; }

    /// <summary>Text rows whose result is wanted after the last layer.</summary>
    public required NumberRange WantedTextRows { get; init; }

    /// <summary>The same of image rows; null if none is wanted.</summary>
    public required NumberRange? WantedImageRows { get; init; }

    /// <summary>Where each wanted position stands among the wanted rows.</summary>
    public required NumberRange WantedOrder { get; init; }

    /// <summary>Plans a pass.</summary>
    /// <param name="config">The decoder.</param>
    /// <param name="mode">Its attention.</param>
    /// <param name="layout">Where each row stands.</param>
    /// <param name="wanted">
    /// Positions of the batch, in reading order, sample after sample, whose logits are wanted.
    /// </param>
    /// <param name="cachedPositions">
    /// Positions before the one sample; 0 in a batch that starts at its first position.
    /// </param>
    /// <param name="isPadded">Whether attention is computed over padded samples.</param>
    /// <param name="numbers">Receives what the device needs.</param>
    public static DecoderPlan Of(
        LlamaConfig config,
        AttentionMode mode,
        InterleavedLayout layout,
        IReadOnlyList<int> wanted,
        int cachedPositions,
        bool isPadded,
        PackedNumbers numbers)
    {
        NumberRange? readingOrder = null;
        if (mode == AttentionMode.Causal && layout.ImageRows > 0)
        {
            readingOrder = numbers.Add(layout.RowOfPosition);
            layout = layout.AsText();
        }

        int[] rows = [.. wanted.Select(position => layout.RowOfPosition[position])];
        int[] textRows = [.. rows.Where(row => row < layout.TextRows)];
        int[] imageRows = [.. rows.Where(row => row >= layout.TextRows).Select(row => row - layout.TextRows)];
        int text = 0, image = textRows.Length;
        int[] order = [.. rows.Select(row => row < layout.TextRows ? text++ : image++)];
        return new DecoderPlan
        {
            Layout = layout,
            ReadingOrder = readingOrder,
            Text = RotaryPlan.Of(
                config,
                layout.TextPositions,
                [.. layout.Samples.Select(sample => (sample.TextRows, sample.Length))],
                cachedPositions,
                numbers),
            Images = layout.ImageRows == 0 ? null : RotaryPlan.Of(
                config,
                layout.ImagePositions,
                [.. layout.Samples.Select(sample => (sample.ImageRows, sample.Length))],
                cachedPositions,
                numbers),
            Padding = isPadded && layout.TextRows > 0 ? PaddingPlan.Of(layout, numbers) : null,
            WantedTextRows = numbers.Add(textRows),
            WantedImageRows = imageRows.Length == 0 ? null : numbers.Add(imageRows),
            WantedOrder = numbers.Add(order),
        };
    }

    /// <summary>The pass, with what was sent.</summary>
    /// <param name="config">The decoder.</param>
    /// <param name="mode">Its attention.</param>
    /// <param name="sent">Has what this plan packed.</param>
    /// <param name="type">The type that is computed in.</param>
    public DecoderPass Pass(LlamaConfig config, AttentionMode mode, SentNumbers sent, ScalarType type) => new()
    {
        Mode = mode,
        Layout = Layout,
        TextRotary = RotaryPositions.Of(Text, config.HeadSize, sent, type),
        ImageRotary = Images is null ? null : RotaryPositions.Of(Images, config.HeadSize, sent, type),
        Padded = Padding is null
            ? null
            : new PaddedMmcaAttention(Padding, sent, config.Heads / config.KeyValueHeads, type),
        WantedTextRows = sent.Integers(WantedTextRows),
        WantedImageRows = WantedImageRows is { } rows ? sent.Integers(rows) : null,
    };
}
