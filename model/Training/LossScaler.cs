namespace VisualChat.Model.Training;

/// <summary>
/// Dynamic loss scaling for fp16 (arXiv 1710.03740, section 3.2): losses are multiplied so that
/// small gradients do not vanish, as far as large ones do not overflow. Scales are powers of two,
/// which round nothing.
/// </summary>
internal sealed class LossScaler(bool active)
{
    public const double Start = 65536;
    public const int StepsToDouble = 2000;

    public double Scale { get; set; } = active ? Start : 1;

    public int StepsAtScale { get; set; }

    /// <summary>Call it after an update that changed the weights.</summary>
    public void Stepped()
    {
        if (!active || ++StepsAtScale < StepsToDouble)
            return;
        Scale *= 2;
        StepsAtScale = 0;
    }

    /// <summary>Call it after a gradient that is not finite.</summary>
    /// <returns>True if the scale is to blame, and was halved; at 1 it is not.</returns>
    public bool Overflowed()
    {
        if (Scale <= 1)
            return false;
        Scale /= 2;
        StepsAtScale = 0;
        return true;
    }
}
