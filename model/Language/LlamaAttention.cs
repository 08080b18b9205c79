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
internal sealed record LlamaAttention(
    LinearMaps QueryKeyValue, LinearMaps KeyValue, Linear Output, LlamaConfig Config)
{
    public static LlamaAttention Of(ParameterSet parameters, string name, LlamaConfig config)
    {
        var maps = LinearMaps.Of(
            parameters,
            $"{name}.{LlamaParameters.JoinedAttention}",
            [name + ".q_proj", name + ".k_proj", name + ".v_proj"]);
        return new LlamaAttention(maps, maps.Without(1), Linear.Of(parameters, name + ".o_proj"), config);
    }

    /// <summary>The attention's result before the output projection.</summary>
    /// <param name="x_RH">[T + I, H] Text rows, then image rows, normalised.</param>
    /// <param name="pass">The batch.</param>
    /// <param name="needsImageRows">Whether the result of image rows is wanted.</param>
    /// <returns>[T + I, N · D]; without image rows it may be [T, N · D].</returns>
    public Tensor Attend(Tensor x_RH, DecoderPass pass, bool needsImageRows)
    {
        AttentionRows rows = Project(x_RH, pass, HasImageQueries(pass, needsImageRows));
        Write(rows, pass);
        if (pass.Padded is not null)
            return pass.Padded.Attend(rows, needsImageRows);
        Tensor text_TH = AttendText(rows, pass);
        if (!needsImageRows)
            return text_TH;
        return pass.Mode switch
        {
            AttentionMode.MmcaDeepSpeed => cat([text_TH, DeepSpeedMmcaAttention.Image(rows, pass.Layout)], 0),
            AttentionMode.CausalTwoSoftmaxes => cat([text_TH, AttendImages(rows, pass)], 0),
            _ => MmcaAttention.WithImages(text_TH, rows.Image!.Value),
        };
    }

    private static bool HasImageQueries(DecoderPass pass, bool needsImageRows) => pass.Mode switch
    {
        AttentionMode.MmcaDeepSpeed => needsImageRows || pass.Padded is not null,
        AttentionMode.CausalTwoSoftmaxes => needsImageRows,
        _ => false,
    };

    private static void Write(AttentionRows rows, DecoderPass pass)
    {
        if (pass.Cache is not { } cache)
            return;
        if (rows.InOrder is { } inOrder)
        {
            cache.Text.Write(pass.Prefix!.TextRows, inOrder.Select(all => all.squeeze(0)));
            return;
        }

        cache.Text.Write(pass.Prefix!.TextRows, rows.Text);
        if (rows.Image is not null)
            cache.Image.Write(pass.Prefix.ImageRows, rows.Image);
    }

    // Queries of image rows are made with the text's, and left out where no mode asks for them.
    private AttentionRows Project(Tensor x_RH, DecoderPass pass, bool hasImageQuery)
    {
        (long text, long images) = (pass.Layout.TextRows, pass.Layout.ImageRows);
        if (images == 0)
            return new AttentionRows(Heads(x_RH, QueryKeyValue, pass.Rotary.Text), null);
        if (hasImageQuery)
        {
            HeadRows stream = Heads(x_RH, QueryKeyValue, pass.Rotary.All);
            (HeadRows ofText, HeadRows ofImages) = stream.Split(text, images);
            return new AttentionRows(ofText, ofImages, stream);
        }

        Tensor[] kinds = x_RH.split([text, images], 0);
        HeadRows textRows = Heads(kinds[0], QueryKeyValue, pass.Rotary.Text);
        HeadRows imageRows = Heads(kinds[1], KeyValue, pass.Rotary.Image);
        if (pass.Mode != AttentionMode.CraCaMask)
            return new AttentionRows(textRows, imageRows);
        (Tensor? query, HeadRows keyValue) = textRows.Apart();
        return new AttentionRows(
            HeadRows.Of(query, textRows.Key, textRows.Value),
            imageRows,
            InOrder: pass.Order!.Spread(keyValue.Then(imageRows)));
    }

    private static Tensor AttendText(AttentionRows rows, DecoderPass pass)
    {
        Tensor query = rows.Text.Query!;
        if (query.shape[0] == 0)
            return query.flatten(1);
        bool isReleased = pass.Mode == AttentionMode.MmcaDeepSpeed;
        if (pass.Prefix is null or { IsEmpty: true })
        {
            if (rows.InOrder is { } inOrder)
            {
                return JointAttention.Attend(
                    query, inOrder, pass.Layout, sample => sample.TextSegments, pass.Order!.Tail);
            }

            Tensor whole_TH = MmcaAttention.Text(rows, pass.Layout);
            return isReleased ? DeepSpeedMmcaAttention.Text(whole_TH, rows, pass.Layout) : whole_TH;
        }

        SampleLayout added = pass.Layout.Samples[0];
        if (pass.Mode == AttentionMode.CraCaMask)
            return CachedAttention.JointText(query, pass.Cache!, added, pass.Prefix);
        Tensor mmca_TH = CachedAttention.Text(query, pass.Cache!, added, pass.Prefix);
        if (!isReleased || pass.Prefix.ImageRows > 0)
            return mmca_TH;
        return mmca_TH.Plus(DeepSpeedMmcaAttention.EvenOverText(pass.Cache!, pass.Prefix.TextRows, query));
    }

    // [I, H] Everything before an image row, in one softmax.
    private static Tensor AttendImages(AttentionRows rows, DecoderPass pass)
    {
        Tensor query = rows.Image!.Query!;
        if (pass.Prefix is { IsEmpty: false } prefix)
            return CachedAttention.JointImages(query, pass.Cache!, pass.Layout.Samples[0], prefix);
        HeadRows inOrder = pass.Order!.Spread(rows.Stream!.Apart().KeyValue);
        return JointAttention.Attend(
            query, inOrder, pass.Layout, sample => sample.ImageSegments, pass.Order.Tail);
    }

    // Queries and keys rotated. The last heads are values, which are not.
    private HeadRows Heads(Tensor x, LinearMaps maps, RotaryPositions rotary)
    {
        if (maps.Joined is { } joined)
        {
            Tensor all = Split(joined.Apply(x));
            return HeadRows.Of(rotary.Rotated(all, all.shape[1] - Config.KeyValueHeads), Config.KeyValueHeads);
        }

        Tensor[] heads = [.. maps.Apply(x).Select(Split)];
        Tensor[] rotated = [.. heads[..^1].Select(one => rotary.Rotated(one, one.shape[1]))];
        return HeadRows.Of(rotated.Length == 1 ? null : rotated[0], rotated[^1], heads[^1]);
    }

    // [rows, heads, D]
    private Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1] / Config.HeadSize, Config.HeadSize);
}
