using System.Runtime.Serialization;

namespace VisualChat.Model.Training;

/// <summary>The learning rate's curve after warm-up, as Hugging Face's trainers know it.</summary>
public enum ScheduleKind
{
    /// <summary>Straight down to 0.</summary>
    Linear,

    /// <summary>Half a cosine down to 0.</summary>
    Cosine,

    /// <summary>
    /// Cosines that restart. The default is a single cycle, which is half a cosine down to 0.
    /// </summary>
    [EnumMember(Value = "cosine_with_restarts")]
    CosineWithRestarts,

    /// <summary>
    /// A power of the share of updates that remain, down to 1e-7. The default power is 1.
    /// </summary>
    Polynomial,

    /// <summary>Constant from the start, without warm-up.</summary>
    Constant,

    /// <summary>Constant after warm-up.</summary>
    [EnumMember(Value = "constant_with_warmup")]
    ConstantWithWarmup,
}
