using static TorchSharp.torch;

namespace VisualChat.Model.Aten;

/// <summary>
/// Operators of ATen that TorchSharp 0.107 does not have. Gradients flow through them.
/// </summary>
/// <remarks>
/// Schemas: aten/src/ATen/native/native_functions.yaml of libtorch 2.10; 2.11 has the same. Callers
/// ask <see cref="AtenLibrary.IsAvailable"/> first and have another way where it is false.
/// </remarks>
internal static class AtenOperators
{
    /// <summary>
    /// softmax(q·k / sqrt(D)) V, where N / K query heads share a key-value head. Nothing is
    /// repeated.
    /// </summary>
    /// <param name="q">[B, N, T, D]</param>
    /// <param name="k">[B, K, S, D]</param>
    /// <param name="v">[B, K, S, D]</param>
    /// <param name="isCausal">Row i attends to the keys up to i only.</param>
    /// <param name="mask">[T, S] Is added to the scores; null: nothing is.</param>
    /// <returns>[B, N, T, D]</returns>
    public static Tensor GroupedQueryAttention(Tensor q, Tensor k, Tensor v, bool isCausal, Tensor? mask = null)
    {
        AtenCall call = default;
        call.Add(q);
        call.Add(k);
        call.Add(v);
        call.AddOptional(mask);
        call.Add(0.0); // dropout_p
        call.Add(isCausal);
        call.AddOptional((double?)null); // scale
        call.Add(true); // enable_gqa
        call.Run("aten::scaled_dot_product_attention"u8, q);
        return call.Take(0);
    }

    /// <summary>
    /// Root-mean-square normalisation over the last dimension (arXiv 1910.07467) in one kernel, and
    /// one in the backward pass. Of 16 bits it computes in float32.
    /// </summary>
    /// <param name="x">[..., H]</param>
    /// <param name="weight">[H], in the type of <paramref name="x"/>.</param>
    /// <param name="epsilon">Added to the mean of the squares.</param>
    /// <returns>[..., H]</returns>
    public static Tensor FusedRmsNorm(Tensor x, Tensor weight, double epsilon)
    {
        AtenCall call = default;
        call.Add(x);
        call.Add([x.shape[^1]]); // normalized_shape
        call.AddOptional(weight);
        call.AddOptional(epsilon);
        call.Run("aten::_fused_rms_norm"u8, x);
        call.Take(1).Dispose(); // 1 / sqrt(mean), which autograd keeps
        return call.Take(0);
    }
}
