namespace VisualChat.Model.Attention;

/// <summary>Who looks at whom in the decoder.</summary>
public enum AttentionMode
{
    /// <summary>
    /// Multi-modal causal attention (arXiv 2309.14327, section 3): text rows take a causal softmax over text, plus a softmax of its own over
    /// the images before them; image rows look at themselves only.
    /// </summary>
    Mmca,

    /// <summary>Plain causal attention over text and images alike.</summary>
    Causal,

    /// <summary>
    /// What the code released with the paper computes, for checkpoints trained with it: image rows see earlier text too, and text before the
    /// first image spreads a second softmax evenly over itself and every image to come.
    /// </summary>
    MmcaDeepSpeed,
}
