using static TorchSharp.torch;

namespace VisualChat.Model.Quantisation;

/// <summary>
/// Makes NF4 weights with scales in 8 bits of numbers, as bitsandbytes does: the same codes and the
/// same scales.
/// </summary>
internal static class Nf4Quantiser
{
    /// <param name="values">[rows, columns] float32 of the host, contiguous.</param>
    /// <returns>On the host, of the caller's dispose scope; null: a number is not finite.</returns>
    public static (Tensor Codes, Nf4Scales Scales)? Quantise(Tensor values)
    {
        long count = values.numel();
        float[] absmax = new float[(count + Nf4Code.BlockSize - 1) / Nf4Code.BlockSize];
        Tensor codes = empty((count + 1) / 2, dtype: ScalarType.Byte);
        return Nf4Host.Quantise(values, codes, absmax) ? (codes, Nested(absmax)) : null;
    }

    // The mean of the scales is taken off; the rest is scaled again, in blocks of 256.
    private static Nf4Scales Nested(float[] absmax)
    {
        // In double, so that no order of additions shows.
        double sum = 0;
        foreach (float scale in absmax)
            sum += scale;
        float offset = (float)(sum / Math.Max(1, absmax.Length));
        int blocks = (absmax.Length + Nf4Code.NestedBlockSize - 1) / Nf4Code.NestedBlockSize;
        byte[] codes = new byte[absmax.Length];
        float[] nested = new float[blocks], offsets = new float[blocks];
        Array.Fill(offsets, offset);
        for (int block = 0; block < blocks; block++)
        {
            int start = block * Nf4Code.NestedBlockSize;
            int end = Math.Min(absmax.Length, start + Nf4Code.NestedBlockSize);
            foreach (float scale in absmax.AsSpan(start..end))
                nested[block] = MathF.Max(nested[block], MathF.Abs(scale - offset));
            for (int index = start; index < end; index++)
            {
                float scaled = nested[block] == 0 ? 0 : (absmax[index] - offset) * (1 / nested[block]);
                codes[index] = DynamicCode.Nearest(scaled);
            }
        }

        return new Nf4Scales(
            HostPieces.Tensor<byte>(codes, ScalarType.Byte),
            new Nf4Scales.NestedScales(
                HostPieces.Tensor<float>(nested, ScalarType.Float32),
                HostPieces.Tensor<float>(offsets, ScalarType.Float32),
                DynamicCode.Values,
                MapOnDevice: null));
    }
}
