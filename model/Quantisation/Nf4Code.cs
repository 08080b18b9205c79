namespace VisualChat.Model.Quantisation;

/// <summary>
/// The sixteen values of NF4 (bitsandbytes, functional.py): quantiles of a normal distribution,
/// from -1 to 1, with a true zero.
/// </summary>
internal static class Nf4Code
{
    /// <summary>Weights that share a scale.</summary>
    public const int BlockSize = 64;

    /// <summary>Scales that share a scale of their own.</summary>
    public const int NestedBlockSize = 256;

    /// <summary>The index of zero.</summary>
    public const int Zero = 7;

    private static readonly float[] Sixteen =
    [
        -1f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f,
        -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f,
        0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1f,
    ];

    /// <summary>The values, ascending.</summary>
    public static ReadOnlySpan<float> Values => Sixteen;

    /// <summary>
    /// A value takes the next index where it is above the midpoint between the two.
    /// </summary>
    public static float[] Midpoints { get; } =
        [.. Enumerable.Range(0, 15).Select(index => (float)(((double)Sixteen[index] + Sixteen[index + 1]) / 2))];

    /// <summary>Both values of each byte, the high half's first: [256, 2], row by row.</summary>
    public static float[] Pairs() =>
        [.. Enumerable.Range(0, 256).SelectMany(pair => new[] { Sixteen[pair >> 4], Sixteen[pair & 15] })];
}
