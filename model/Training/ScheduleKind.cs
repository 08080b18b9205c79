namespace VisualChat.Model.Training;

/// <summary>How the learning rate goes after warm-up, as Hugging Face's trainers know it.</summary>
public enum ScheduleKind
{
    /// <summary>Straight down to nothing.</summary>
    Linear,

    /// <summary>Down half a cosine to nothing.</summary>
    Cosine,

    /// <summary>Cosines that start anew; of the one cycle that is the default, half a cosine to nothing.</summary>
    CosineWithRestarts,

    /// <summary>A power of what is left, of which the default is the first, down to 1e-7.</summary>
    Polynomial,

    /// <summary>The same throughout, warm-up left out.</summary>
    Constant,

    /// <summary>The same after warm-up.</summary>
    ConstantWithWarmup,
}
