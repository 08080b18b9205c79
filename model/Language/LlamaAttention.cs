using VisualChat.Model.Attention;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Language;

/// <summary>A decoder layer's attention: its projections, the turning by position, and one of the modes.</summary>
/// <remarks>Image rows give keys and values; they ask (a query) only where the mode has them look at text.</remarks>
internal sealed record LlamaAttention(Linear Query, Linear Key, Linear Value, Linear Output, LlamaConfig Config)
{
    public static LlamaAttention Of(ParameterSet parameters, string name, LlamaConfig config) => new(
        Linear.Of(parameters, name + ".q_proj"), Linear.Of(parameters, name + ".k_proj"), Linear.Of(parameters, name + ".v_proj"),
        Linear.Of(parameters, name + ".o_proj"), config);

    /// <summary>What each row takes from the rows it sees, before the output projection.</summary>
    /// <param name="text_TH">[text rows, hidden], normalised.</param>
    /// <param name="image_IH">[image rows, hidden], normalised; null without images.</param>
    /// <param name="pass">The batch.</param>
    /// <param name="imageRowsNeeded">Whether the image rows' result is wanted.</param>
    /// <returns>[text rows, heads · head dim], and the same of the image rows where wanted.</returns>
    public (Tensor Text, Tensor? Image) Attend(Tensor text_TH, Tensor? image_IH, DecoderPass pass, bool imageRowsNeeded)
    {
        bool released = pass.Mode == AttentionMode.MmcaDeepSpeed;
        var rows = new AttentionRows(
            pass.TextRotary.Rotate(Heads(Query, text_TH, Config.Heads)),
            pass.TextRotary.Rotate(Heads(Key, text_TH, Config.KeyValueHeads)),
            Heads(Value, text_TH, Config.KeyValueHeads),
            image_IH is not null && released && imageRowsNeeded ? pass.ImageRotary!.Rotate(Heads(Query, image_IH, Config.Heads)) : null,
            image_IH is null ? null : pass.ImageRotary!.Rotate(Heads(Key, image_IH, Config.KeyValueHeads)),
            image_IH is null ? null : Heads(Value, image_IH, Config.KeyValueHeads));
        if (pass.Kept is not null)
        {
            pass.Kept.Text.Write(pass.Before!.TextRows, rows.Key, rows.Value);
            if (image_IH is not null)
                pass.Kept.Image.Write(pass.Before.ImageRows, rows.ImageKey!, rows.ImageValue!);
        }

        Tensor text = AttendText(rows, pass);
        if (image_IH is null || !imageRowsNeeded)
            return (text, null);
        return (text, released ? DeepSpeedMmcaAttention.Image(rows, pass.Layout) : MmcaAttention.Image(rows.ImageValue!, Config.Heads));
    }

    private static Tensor AttendText(AttentionRows rows, DecoderPass pass)
    {
        if (rows.Query.shape[0] == 0)
            return rows.Query.flatten(1);
        bool released = pass.Mode == AttentionMode.MmcaDeepSpeed;
        if (pass.Before is null or { IsNothing: true })
            return released ? DeepSpeedMmcaAttention.Text(rows, pass.Layout) : MmcaAttention.Text(rows, pass.Layout);
        Tensor mmca_TH = CachedAttention.Text(rows.Query, pass.Kept!, pass.Layout.Samples[0], pass.Before);
        return released && pass.Before.ImageRows == 0 ? mmca_TH.Plus(DeepSpeedMmcaAttention.EvenOverText(pass.Kept!, pass.Before.TextRows, rows.Query)) : mmca_TH;
    }

    private Tensor Heads(Linear projection, Tensor x, int heads) => projection.Apply(x).view(x.shape[0], heads, Config.HeadSize);
}
