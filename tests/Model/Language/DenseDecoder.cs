using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Language;

/// <summary>
/// The decoder as its formulas are written: every position a row, T × T masks, logits everywhere.
/// It takes one sample at a time, which may hold padding. It shares nothing with the model but the
/// names of the weights.
/// </summary>
/// <param name="weights">The weights by name.</param>
/// <param name="config">The decoder's sizes.</param>
/// <param name="mode">Its attention.</param>
/// <param name="between">
/// What changes the rows before a layer, which is counted from 0; null: nothing.
/// </param>
public sealed class DenseDecoder(
    Func<string, Tensor> weights, LlamaConfig config, AttentionMode mode, Func<int, Tensor, Tensor>? between = null)
{
    /// <summary>Logits of every position.</summary>
    /// <param name="x">[T, H] Inputs in reading order.</param>
    /// <param name="kinds">[T] t: text, v: image, p: padding.</param>
    public Tensor Logits(Tensor x, string kinds)
    {
        using DisposeScope scope = NewDisposeScope();
        Softmax[] softmaxes = [.. Masks(mode, kinds).Select(mask =>
            Softmax.Of(tensor(mask, [kinds.Length, kinds.Length], dtype: x.dtype)))];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            x = between?.Invoke(layer, x) ?? x;
            string name = $"lang_decoder.model.layers.{layer}.";
            Tensor unit = Norm(x, name + "input_layernorm");
            Tensor attended = Attend(unit, name + "self_attn", softmaxes);
            x = x.Plus(attended.matmul(weights(name + "self_attn.o_proj.weight").t()));
            unit = Norm(x, name + "post_attention_layernorm");
            Tensor gate = unit.matmul(weights(name + "mlp.gate_proj.weight").t());
            Tensor up = unit.matmul(weights(name + "mlp.up_proj.weight").t());
            x = x.Plus((gate * gate.sigmoid() * up).matmul(weights(name + "mlp.down_proj.weight").t()));
        }

        Tensor last = Norm(x, "lang_decoder.model.norm");
        return last.matmul(weights("lang_decoder.lm_head.weight").t()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The softmaxes of a mode, each as [T * T]: 1 where a row attends, -1 where it spreads evenly,
    /// 0 where it does not attend.
    /// </summary>
    public static IReadOnlyList<float[]> Masks(AttentionMode mode, string kinds) => mode switch
    {
        AttentionMode.Causal or AttentionMode.CraCa => [Mask(kinds, (row, column) => column <= row)],
        AttentionMode.Mmca =>
        [
            Mask(kinds, (row, column) => kinds[row] == 't' && kinds[column] == 't' && column <= row),
            Mask(kinds, (row, column) => kinds[row] == 'v'
                ? column == row
                : kinds[column] == 'v' && column < row),
        ],
        AttentionMode.CraCaMask =>
            [Mask(kinds, (row, column) => kinds[row] == 'v' ? column == row : column <= row)],
        AttentionMode.CausalTwoSoftmaxes =>
        [
            Mask(kinds, (row, column) => column <= row && (kinds[row] == 'v' || kinds[column] == 't')),
            Mask(kinds, (row, column) => column < row && kinds[row] == 't' && kinds[column] == 'v'),
        ],
        _ =>
        [
            Spread(kinds, (_, column) => kinds[column] == 't'),
            Spread(kinds, (row, column) => kinds[row] == 'v' ? column == row : kinds[column] == 'v'),
        ],
    };

    private static float[] Mask(string kinds, Func<int, int, bool> attends)
    {
        int length = kinds.Length;
        float[] mask = new float[length * length];
        for (int row = 0; row < length; row++)
        {
            for (int column = 0; column < length; column++)
            {
                bool isPadding = kinds[row] == 'p' || kinds[column] == 'p';
                mask[(row * length) + column] = !isPadding && attends(row, column) ? 1 : 0;
            }
        }

        return mask;
    }

    // Each of the two masks adds the type's minimum where it forbids, so an entry has 0, 1 or 2
    // minima. If no entry has 0, those with 1 are equal.
    private static float[] Spread(string kinds, Func<int, int, bool> ofKind)
    {
        int length = kinds.Length;
        float[] mask = new float[length * length];
        for (int row = 0; row < length; row++)
        {
            int[] minima =
            [
                .. Enumerable.Range(0, length)
                    .Select(column => (ofKind(row, column) ? 0 : 1) + (column <= row ? 0 : 1)),
            ];
            int fewest = minima.Min();
            for (int column = 0; column < length; column++)
            {
                int seen = fewest == 0 ? 1 : -1;
                mask[(row * length) + column] = minima[column] == fewest ? seen : 0;
            }
        }

        return mask;
    }

    // A number as a tensor: a Scalar might be freed while libtorch reads it (see HeldScalars).
    private static Tensor Number(double number, Tensor like) => tensor([number], [1], dtype: like.dtype);

    private Tensor Attend(Tensor unit, string name, Softmax[] softmaxes)
    {
        Tensor query = Rotated(Heads(unit, name + ".q_proj", config.Heads));
        Tensor key = Grouped(Rotated(Heads(unit, name + ".k_proj", config.KeyValueHeads)));
        Tensor value = Grouped(Heads(unit, name + ".v_proj", config.KeyValueHeads));
        Tensor scores = query.matmul(key.transpose(1, 2)) / Number(Math.Sqrt(config.HeadSize), unit);
        return softmaxes
            .Select(softmax => softmax.Weights(scores).matmul(value) * softmax.Rows)
            .Aggregate((sum, next) => sum.Plus(next))
            .transpose(0, 1)
            .flatten(1);
    }

    private Tensor Norm(Tensor x, string name)
    {
        Tensor square = (x * x).mean([-1], keepdim: true);
        return x / square.Plus(Number(config.RmsNormEpsilon, x)).sqrt() * weights(name + ".weight");
    }

    private Tensor Heads(Tensor x, string name, int heads) =>
        x.matmul(weights(name + ".weight").t()).reshape(x.shape[0], heads, config.HeadSize).transpose(0, 1);

    private Tensor Grouped(Tensor x)
    {
        int group = config.Heads / config.KeyValueHeads;
        return cat([.. Enumerable.Range(0, config.Heads).Select(head => x[head / group].unsqueeze(0))], 0);
    }

    // Dimensions i and i + D/2 are the parts of a complex number, rotated by position /
    // theta^(2i/D).
    private Tensor Rotated(Tensor x)
    {
        long length = x.shape[1], half = config.HeadSize / 2;
        double theta = config.RopeTheta, factor = config.ScalingFactor;
        double stretch = config.Scaling == RopeScaling.Linear ? factor : 1;
        if (config.Scaling == RopeScaling.Dynamic && length > config.MaxPositions)
        {
            double growth = (factor * length / config.MaxPositions) - (factor - 1);
            theta *= Math.Pow(growth, config.HeadSize / (config.HeadSize - 2.0));
        }

        double[] angles =
        [
            .. from position in Enumerable.Range(0, (int)length)
               from index in Enumerable.Range(0, (int)half)
               select position / stretch / Math.Pow(theta, 2.0 * index / config.HeadSize),
        ];
        Tensor angle = tensor(angles, [length, half]);
        Tensor cos = angle.cos().to(x.dtype), sin = angle.sin().to(x.dtype);
        Tensor real = x.narrow(2, 0, half), imaginary = x.narrow(2, half, half);
        return cat([(real * cos).Plus(imaginary.neg() * sin), (real * sin).Plus(imaginary * cos)], 2);
    }

    /// <summary>One softmax over scores: scores times a factor plus a bias.</summary>
    /// <param name="Factor">0 where a row spreads evenly.</param>
    /// <param name="Bias">Minus infinity where a row does not attend.</param>
    /// <param name="Rows">0 for rows that attend nowhere, whose results are wiped.</param>
    private sealed record Softmax(Tensor Factor, Tensor Bias, Tensor Rows)
    {
        public static Softmax Of(Tensor mask)
        {
            Tensor attends = mask.abs();
            Tensor rows = attends.amax([1], keepdim: true);
            Tensor forbidden = rows.to(ScalarType.Bool) & attends.to(ScalarType.Bool).logical_not();
            Tensor bias = where(forbidden, Number(double.NegativeInfinity, mask), Number(0, mask));
            return new Softmax(mask.relu(), bias, rows);
        }

        public Tensor Weights(Tensor scores) => nn.functional.softmax((scores * Factor).Plus(Bias), -1);
    }
}
