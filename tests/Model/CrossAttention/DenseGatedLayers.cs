using VisualChat.Model.CrossAttention;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.CrossAttention;

/// <summary>
/// Gated layers as their formulas are written, over one sample: every row against every visual
/// token, with a mask. It shares nothing with the model but the names of the weights.
/// </summary>
/// <param name="weights">The weights by name.</param>
/// <param name="images">Which images a row looks at.</param>
internal sealed class DenseGatedLayers(Func<string, Tensor> weights, SeenImages images)
{
    private const int Heads = 8, HeadSize = 64;

    /// <summary>
    /// The rows after the layer before a decoder's layer; the same rows if there is none.
    /// </summary>
    /// <param name="layer">The decoder's layer, from 0.</param>
    /// <param name="x_TH">The sample's rows.</param>
    /// <param name="media_KPC">Each image's visual tokens.</param>
    /// <param name="sample">The sample's letters, i for an image.</param>
    /// <param name="hasLayer">Whether there is such a layer.</param>
    public Tensor Apply(int layer, Tensor x_TH, Tensor media_KPC, string sample, Func<int, bool> hasLayer)
    {
        if (!hasLayer(layer))
            return x_TH;
        string name = $"gated_cross_attn_layers.{layer}.";
        Tensor x = x_TH.Plus(Attend(x_TH, media_KPC, sample, name) * weights(name + "attn_gate").tanh());
        return x.Plus(Feed(x, name) * weights(name + "ff_gate").tanh());
    }

    private Tensor Attend(Tensor x_TH, Tensor media_KPC, string sample, string name)
    {
        if (media_KPC.shape[0] == 0)
            return zeros_like(x_TH);
        (long shown, long tokens) = (media_KPC.shape[0], media_KPC.shape[1]);
        float[] mask = new float[sample.Length * shown * tokens];
        float[] sees = new float[sample.Length];
        for (int row = 0; row < sample.Length; row++)
        {
            int before = sample[..(row + 1)].Count(letter => letter == 'i');
            sees[row] = before > 0 ? 1 : 0;
            for (int image = 0; image < shown; image++)
            {
                // A row that sees nothing may look anywhere: its result is wiped.
                bool isSeen = before == 0 || (images == SeenImages.All ? image < before : image == before - 1);
                for (int token = 0; token < tokens; token++)
                {
                    mask[(((row * shown) + image) * tokens) + token] = isSeen ? 0 : float.NegativeInfinity;
                }
            }
        }

        Tensor mask_TS = tensor(mask, [sample.Length, shown * tokens], dtype: x_TH.dtype);
        Tensor query = Norm(x_TH, name + "attn.norm").matmul(weights(name + "attn.to_q.weight").t());
        Tensor[] keyValue = media_KPC.flatten(0, 1).matmul(weights(name + "attn.to_kv.weight").t())
            .split(Heads * HeadSize, 1);
        Tensor[] heads =
        [
            .. Enumerable.Range(0, Heads).Select(head =>
            {
                Tensor scores = Head(query, head).matmul(Head(keyValue[0], head).t()) * Number(1.0 / 8, query);
                return nn.functional.softmax(scores.Plus(mask_TS), -1).matmul(Head(keyValue[1], head));
            }),
        ];
        Tensor seen = cat(heads, 1) * tensor(sees, [sample.Length, 1], dtype: x_TH.dtype);
        return seen.matmul(weights(name + "attn.to_out.weight").t());
    }

    private Tensor Feed(Tensor x, string name)
    {
        Tensor inner = Norm(x, name + "ff.0").matmul(weights(name + "ff.1.weight").t());
        Tensor share = (inner * Number(Math.Sqrt(0.5), x)).erf().Plus(Number(1, x)) * Number(0.5, x);
        return (inner * share).matmul(weights(name + "ff.3.weight").t());
    }

    private Tensor Norm(Tensor x, string name)
    {
        Tensor centred = x.Plus(x.mean([-1], keepdim: true).neg());
        Tensor variance = (centred * centred).mean([-1], keepdim: true);
        return (centred / variance.Plus(Number(1e-5, x)).sqrt() * weights(name + ".weight"))
            .Plus(weights(name + ".bias"));
    }

    private static Tensor Head(Tensor x, int head) => x.narrow(1, head * HeadSize, HeadSize);

    // A number as a tensor: a Scalar might be freed while libtorch reads it (see HeldScalars).
    private static Tensor Number(double number, Tensor like) => tensor([number], [1], dtype: like.dtype);
}
