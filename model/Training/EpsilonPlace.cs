using System.Runtime.Serialization;

namespace VisualChat.Model.Training;

/// <summary>Where AdamW adds its epsilon.</summary>
public enum EpsilonPlace
{
    /// <summary>
    /// To the root of the second moment, after its bias is corrected (arXiv 1412.6980; PyTorch).
    /// </summary>
    [EnumMember(Value = "corrected_root")]
    CorrectedRoot,

    /// <summary>
    /// To the root before its bias is corrected (transformers' own AdamW, which the released
    /// DeepSpeed-VisualChat used): in the first update it weighs 4.5 times as much.
    /// </summary>
    Root,
}
