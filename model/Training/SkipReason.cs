namespace VisualChat.Model.Training;

/// <summary>Why an update changed nothing.</summary>
public enum SkipReason
{
    /// <summary>A micro-batch's loss is not finite (NaN or infinity).</summary>
    Loss,

    /// <summary>The losses are finite, but the gradient is not.</summary>
    Gradient,

    /// <summary>
    /// The gradient overflowed fp16 at the loss scale, which was halved. This is expected now and
    /// then.
    /// </summary>
    Overflow,
}
