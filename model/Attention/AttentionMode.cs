using System.Runtime.Serialization;

namespace VisualChat.Model.Attention;

/// <summary>Which positions attend to which in the decoder.</summary>
public enum AttentionMode
{
    /// <summary>
    /// Multi-modal causal attention (arXiv 2309.14327, section 3). A text row takes a causal
    /// softmax over text, plus a second softmax over the images before it. An image row attends to
    /// itself only.
    /// </summary>
    Mmca,

    /// <summary>Plain causal attention over text and images alike.</summary>
    Causal,

    /// <summary>
    /// What the code released with the paper computes, for checkpoints trained with it. Image rows
    /// also attend to earlier text. Text before the first image spreads its second softmax evenly
    /// over itself and every image to come.
    /// </summary>
    [EnumMember(Value = "mmca-deepspeed")]
    MmcaDeepSpeed,

    /// <summary>
    /// The masks of causal and of cross attention combined: a text row takes one softmax over the
    /// text up to itself and the images before it. An image row attends to itself only.
    /// </summary>
    [EnumMember(Value = "cra-ca-mask")]
    CraCaMask,

    /// <summary>
    /// Text rows take two softmaxes, as under <see cref="Mmca"/>. An image row attends to
    /// everything before it, as under <see cref="Causal"/>.
    /// </summary>
    [EnumMember(Value = "causal-two-softmaxes")]
    CausalTwoSoftmaxes,

    /// <summary>
    /// Plain causal attention over text, and gated cross-attention layers between the decoder's own
    /// that look at the images (Flamingo, arXiv 2204.14198; Otter, 2305.03726). In the decoder an
    /// image is one position, its id's own embedding.
    /// </summary>
    [EnumMember(Value = "cra-ca")]
    CraCa,
}
