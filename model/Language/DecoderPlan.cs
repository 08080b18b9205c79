using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
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

    /// <summary>
    /// Rows of both kinds in reading order, where a softmax takes both kinds of whole samples or a
    /// cache keeps them together; else null.
    /// </summary>
    public required PaddedRows? Order { get; init; }

    /// <summary>The positions of the text rows, and behind them of the image rows.</summary>
    public required RotaryPlan Rotary { get; init; }

    /// <summary>How samples are padded; null where attention is computed in blocks.</summary>
    public required PaddingPlan? Padding { get; init; }

    /// <summary>Which rows look at which visual tokens; null without gated layers.</summary>
    public required MediaPlan? Media { get; init; }

    /// <summary>Rows whose result is wanted after the last layer, as wanted.</summary>
    public required NumberRange WantedRows { get; init; }

    /// <summary>Whether an image row is among them.</summary>
    public required bool WantsImageRows { get; init; }

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
    /// <param name="media">Which positions gated layers let look at what; null without any.</param>
    public static DecoderPlan Of(
        LlamaConfig config,
        AttentionMode mode,
        InterleavedLayout layout,
        IReadOnlyList<int> wanted,
        int cachedPositions,
        bool isPadded,
        PackedNumbers numbers,
        MediaLayout? media = null)
    {
        NumberRange? readingOrder = null;
        if (mode is AttentionMode.Causal or AttentionMode.CraCa && layout.ImageRows > 0)
        {
            readingOrder = numbers.Add(layout.RowOfPosition);
            layout = layout.AsText();
        }

        int[] rows = [.. wanted.Select(position => layout.RowOfPosition[position])];
        IReadOnlyList<SampleLayout> samples = layout.Samples;
        bool takesOrder = mode == AttentionMode.CraCaMask
            || (mode == AttentionMode.CausalTwoSoftmaxes && cachedPositions == 0);
        bool pads = isPadded && layout.TextRows > 0;
        return new DecoderPlan
        {
            Layout = layout,
            ReadingOrder = readingOrder,
            Order = takesOrder && layout.ImageRows > 0
                ? PaddedRows.InReadingOrder(numbers, layout, pads)
                : null,
            Rotary = RotaryPlan.Of(
                config,
                [.. layout.TextPositions, .. layout.ImagePositions],
                [
                    .. samples.Select(sample => (sample.TextRows, sample.Length)),
                    .. samples.Select(sample => (sample.ImageRows, sample.Length)),
                ],
                cachedPositions,
                numbers),
            Padding = pads ? PaddingPlan.Of(layout, mode, numbers) : null,
            Media = media is null ? null : MediaPlan.Of(media, isPadded, numbers),
            WantedRows = numbers.Add(rows),
            WantsImageRows = rows.Any(row => row >= layout.TextRows),
        };
    }

    /// <summary>The pass, with what was sent.</summary>
    /// <param name="config">The decoder.</param>
    /// <param name="mode">Its attention.</param>
    /// <param name="sent">Has what this plan packed.</param>
    /// <param name="type">The type that is computed in.</param>
    /// <param name="cachedMedia">Visual tokens that gated layers have in their cache.</param>
    public DecoderPass Pass(
        LlamaConfig config, AttentionMode mode, SentNumbers sent, ScalarType type, long cachedMedia = 0)
    {
        var rotary = RotaryPositions.Of(Rotary, config.HeadSize, sent, type);
        ReadingOrder? order = Order is null
            ? null
            : new ReadingOrder(
                Order,
                sent,
                Padding is null ? JointAttention.Tail(Layout, type, sent.Integers(WantedRows).device) : null);
        return new DecoderPass
        {
            Mode = mode,
            Layout = Layout,
            Rotary = (rotary, rotary.Rows(0, Layout.TextRows), rotary.Rows(Layout.TextRows, Layout.ImageRows)),
            Padded = Padding is null
                ? null
                : PaddedAttention.Of(Padding, mode, order, sent, config.Heads / config.KeyValueHeads, type),
            Order = order,
            Media = Media?.Pass(sent, type, cachedMedia),
            WantedRows = sent.Integers(WantedRows),
            WantsImageRows = WantsImageRows,
        };
    }
}
