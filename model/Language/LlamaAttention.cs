using VisualChat.Model.Attention;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

// T text rows, I image rows, H hidden size, N heads, D head dim.

/// <summary>
/// A decoder layer's attention: projections, rotary positions, and one of the modes.
/// </summary>
/// <remarks>
/// Image rows have keys and values. They have queries only if the mode lets them attend to text.
/// </remarks>
internal sealed record LlamaAttention(Linear Query, Linear Key, Linear Value, Linear Output, LlamaConfig Config)
{
    public static LlamaAttention Of(ParameterSet parameters, string name, LlamaConfig config) => new(
        Linear.Of(parameters, name + ".q_proj"),
        Linear.Of(parameters, name + ".k_proj"),
        Linear.Of(parameters, name + ".v_proj"),
        Linear.Of(parameters, name + ".o_proj"),
        config);

    /// <summary>The attention's result before the output projection.</summary>
    /// <param name="text_TH">[T, H], normalised.</param>
    /// <param name="image_IH">[I, H], normalised; null without images.</param>
    /// <param name="pass">The batch.</param>
    /// <param name="needsImageRows">Whether the result of image rows is wanted.</param>
    /// <returns>[T, N · D], and [I, N · D] if it is wanted.</returns>
    public (Tensor Text, Tensor? Image) Attend(
        Tensor text_TH, Tensor? image_IH, DecoderPass pass, bool needsImageRows)
    {
        bool isReleased = pass.Mode == AttentionMode.MmcaDeepSpeed;
        AttentionRows rows = Project(text_TH, image_IH, pass, hasImageQuery: isReleased && needsImageRows);
        if (pass.Cache is not null)
        {
            pass.Cache.Text.Write(pass.Prefix!.TextRows, rows.Key, rows.Value);
            if (image_IH is not null)
                pass.Cache.Image.Write(pass.Prefix.ImageRows, rows.ImageKey!, rows.ImageValue!);
        }

        Tensor text = AttendText(rows, pass);
        if (image_IH is null || !needsImageRows)
            return (text, null);
        return (text, isReleased
            ? DeepSpeedMmcaAttention.Image(rows, pass.Layout)
            : MmcaAttention.Image(rows.ImageValue!, Config.Heads));
    }

    private AttentionRows Project(Tensor text_TH, Tensor? image_IH, DecoderPass pass, bool hasImageQuery)
    {
        Tensor query = pass.TextRotary.Rotate(Heads(Query, text_TH, Config.Heads));
        Tensor key = pass.TextRotary.Rotate(Heads(Key, text_TH, Config.KeyValueHeads));
        Tensor value = Heads(Value, text_TH, Config.KeyValueHeads);
        if (image_IH is null)
            return new AttentionRows(query, key, value, null, null, null);
        RotaryPositions rotary = pass.ImageRotary!;
        return new AttentionRows(
            query,
            key,
            value,
            hasImageQuery ? rotary.Rotate(Heads(Query, image_IH, Config.Heads)) : null,
            rotary.Rotate(Heads(Key, image_IH, Config.KeyValueHeads)),
            Heads(Value, image_IH, Config.KeyValueHeads));
    }

    private static Tensor AttendText(AttentionRows rows, DecoderPass pass)
    {
        if (rows.Query.shape[0] == 0)
            return rows.Query.flatten(1);
        bool isReleased = pass.Mode == AttentionMode.MmcaDeepSpeed;
        if (pass.Prefix is null or { IsEmpty: true })
        {
            Tensor whole_TH = pass.Padded?.Text(rows) ?? MmcaAttention.Text(rows, pass.Layout);
            return isReleased ? DeepSpeedMmcaAttention.Text(whole_TH, rows, pass.Layout) : whole_TH;
        }

        Tensor mmca_TH = CachedAttention.Text(rows.Query, pass.Cache!, pass.Layout.Samples[0], pass.Prefix);
        if (!isReleased || pass.Prefix.ImageRows > 0)
            return mmca_TH;
        return mmca_TH.Plus(DeepSpeedMmcaAttention.EvenOverText(pass.Cache!, pass.Prefix.TextRows, rows.Query));
    }

    // [rows, heads, D]
    private Tensor Heads(Linear projection, Tensor x, int heads) =>
        projection.Apply(x).view(x.shape[0], heads, Config.HeadSize);
}
