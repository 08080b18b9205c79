namespace VisualChat.Model.Quantisation;

/// <summary>In how many bits the frozen linear maps are kept.</summary>
public enum FrozenFormat
{
    /// <summary>Whole numbers of 8 bits, and a scale for each row (arXiv 2208.07339).</summary>
#pragma warning disable CA1720 // The name is the format's own, in recipes too.
    Int8,
#pragma warning restore CA1720

    /// <summary>
    /// One of sixteen values in 4 bits, and a scale for each 64 of them, which is kept in 8 bits
    /// (arXiv 2305.14314).
    /// </summary>
    Nf4,
}
