using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Language;

/// <summary>
/// The decoder as its formulas are written: every position a row, T × T masks, logits everywhere. One sample at a time, which may hold
/// padding. It shares nothing with the model but the names of the weights.
/// </summary>
public sealed class DenseDecoder(Func<string, Tensor> weights, LlamaConfig config, AttentionMode mode)
{
    /// <summary>Logits of every position.</summary>
    /// <param name="x">[T, H] Inputs in reading order.</param>
    /// <param name="kinds">[T] t: text, v: image, p: padding.</param>
    public Tensor Logits(Tensor x, string kinds)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor Factor, Tensor Bias, Tensor Rows)[] masks = [.. Masks(mode, kinds).Select(mask => Terms(tensor(mask, [kinds.Length, kinds.Length], dtype: x.dtype)))];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            string name = $"lang_decoder.model.layers.{layer}.";
            Tensor unit = Norm(x, name + "input_layernorm");
            Tensor query = Rotated(Heads(unit, name + "self_attn.q_proj", config.Heads));
            Tensor key = Grouped(Rotated(Heads(unit, name + "self_attn.k_proj", config.KeyValueHeads)));
            Tensor value = Grouped(Heads(unit, name + "self_attn.v_proj", config.KeyValueHeads));
            Tensor scores = query.matmul(key.transpose(1, 2)) / Number(Math.Sqrt(config.HeadSize), x);
            Tensor mixed = masks.Select(mask => nn.functional.softmax((scores * mask.Factor).Plus(mask.Bias), -1).matmul(value) * mask.Rows).Aggregate((sum, next) => sum.Plus(next));
            x = x.Plus(mixed.transpose(0, 1).flatten(1).matmul(weights(name + "self_attn.o_proj.weight").t()));
            unit = Norm(x, name + "post_attention_layernorm");
            Tensor gate = unit.matmul(weights(name + "mlp.gate_proj.weight").t()), up = unit.matmul(weights(name + "mlp.up_proj.weight").t());
            x = x.Plus((gate * gate.sigmoid() * up).matmul(weights(name + "mlp.down_proj.weight").t()));
        }

        return Norm(x, "lang_decoder.model.norm").matmul(weights("lang_decoder.lm_head.weight").t()).MoveToOuterDisposeScope();
    }

    /// <summary>The softmaxes of a mode, each as [T * T]: 1 where a row looks, -1 where it spreads evenly, 0 where it does not look.</summary>
    public static IReadOnlyList<float[]> Masks(AttentionMode mode, string kinds) => mode switch
    {
        AttentionMode.Causal => [Mask(kinds, (row, column) => column <= row)],
        AttentionMode.Mmca =>
        [
            Mask(kinds, (row, column) => kinds[row] == 't' && kinds[column] == 't' && column <= row),
            Mask(kinds, (row, column) => (kinds[row] == 't' && kinds[column] == 'v' && column < row) || (kinds[row] == 'v' && column == row)),
        ],
        _ =>
        [
            Spread(kinds, (_, column) => kinds[column] == 't'),
            Spread(kinds, (row, column) => kinds[row] == 'v' ? column == row : kinds[column] == 'v'),
        ],
    };

    private static float[] Mask(string kinds, Func<int, int, bool> looks) =>
        [.. from row in Enumerable.Range(0, kinds.Length) from column in Enumerable.Range(0, kinds.Length) select kinds[row] != 'p' && kinds[column] != 'p' && looks(row, column) ? 1f : 0f];

    // Each mask adds the type's minimum where it forbids: none, one or two; without an entry of none, those of one are equal.
    private static float[] Spread(string kinds, Func<int, int, bool> ofKind)
    {
        int length = kinds.Length;
        float[] mask = new float[length * length];
        for (int row = 0; row < length; row++)
        {
            int[] minima = [.. Enumerable.Range(0, length).Select(column => (ofKind(row, column) ? 0 : 1) + (column <= row ? 0 : 1))];
            for (int column = 0; column < length; column++)
                mask[(row * length) + column] = minima[column] == minima.Min() ? minima.Min() == 0 ? 1 : -1 : 0;
        }

        return mask;
    }

    // Scores times a factor (0 where a row spreads evenly) plus a bias; rows that look nowhere are wiped afterwards.
    private static (Tensor Factor, Tensor Bias, Tensor Rows) Terms(Tensor mask)
    {
        Tensor looks = mask.abs(), rows = looks.amax([1], keepdim: true), forbidden = (rows.to(ScalarType.Bool) & looks.to(ScalarType.Bool).logical_not());
        return (mask.relu(), where(forbidden, Number(double.NegativeInfinity, mask), Number(0, mask)), rows);
    }

    // A number as a tensor: what meets tensors must not be freed meanwhile (see HeldScalars).
    private static Tensor Number(double number, Tensor like) => tensor([number], [1], dtype: like.dtype);

    private Tensor Norm(Tensor x, string name) => x / (x * x).mean([-1], keepdim: true).Plus(Number(config.RmsNormEpsilon, x)).sqrt() * weights(name + ".weight");

    private Tensor Heads(Tensor x, string name, int heads) => x.matmul(weights(name + ".weight").t()).reshape(x.shape[0], heads, config.HeadSize).transpose(0, 1);

    private Tensor Grouped(Tensor x) => cat([.. Enumerable.Range(0, config.Heads).Select(head => x[head / (config.Heads / config.KeyValueHeads)].unsqueeze(0))], 0);

    // Dimension i and i + D/2 are the parts of a complex number that is turned by position / theta^(2i/D).
    private Tensor Rotated(Tensor x)
    {
        long length = x.shape[1], half = config.HeadSize / 2;
        double theta = config.RopeTheta, stretch = config.Scaling == RopeScaling.Linear ? config.ScalingFactor : 1;
        if (config.Scaling == RopeScaling.Dynamic && length > config.MaxPositions)
            theta *= Math.Pow((config.ScalingFactor * length / config.MaxPositions) - (config.ScalingFactor - 1), config.HeadSize / (config.HeadSize - 2.0));
        double[] angles = [.. from position in Enumerable.Range(0, (int)length) from index in Enumerable.Range(0, (int)half) select position / stretch / Math.Pow(theta, 2.0 * index / config.HeadSize)];
        Tensor turns = tensor(angles, [length, half]);
        Tensor cos = turns.cos().to(x.dtype), sin = turns.sin().to(x.dtype);
        Tensor real = x.narrow(2, 0, half), imaginary = x.narrow(2, half, half);
        return cat([(real * cos).Plus(imaginary.neg() * sin), (real * sin).Plus(imaginary * cos)], 2);
    }
}
