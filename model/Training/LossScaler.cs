namespace VisualChat.Model.Training;

/// <summary>
/// Dynamic loss scaling for fp16 (arXiv 1710.03740, section 3.2): losses are multiplied so that small gradients do not vanish, by as much
/// as large ones bear. Powers of two, so that nothing is rounded.
/// </summary>
internal sealed class LossScaler(bool active)
{
    public const double Start = 65536;
    public const int StepsToDouble = 2000;

    public double Scale { get; set; } = active ? Start : 1;

    public int StepsAtScale { get; set; }

    /// <summary>After an update that changed the weights.</summary>
    public void Stepped()
    {
        if (!active || ++StepsAtScale < StepsToDouble)
            return;
        Scale *= 2;
        StepsAtScale = 0;
    }

    /// <summary>After a gradient that is no number.</summary>
    /// <returns>Whether the scale is to blame; at 1 it is not.</returns>
    public bool Overflowed()
    {
        if (Scale <= 1)
            return false;
        Scale /= 2;
        StepsAtScale = 0;
        return true;
    }
}
