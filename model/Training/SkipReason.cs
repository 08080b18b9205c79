namespace VisualChat.Model.Training;

/// <summary>Why an update changed nothing.</summary>
public enum SkipReason
{
    /// <summary>A micro-batch's loss is infinite or no number.</summary>
    Loss,

    /// <summary>The losses are numbers and the gradient is not.</summary>
    Gradient,

    /// <summary>The gradient did not fit fp16 at the loss scale, which was halved: to be expected now and then.</summary>
    Overflow,
}
