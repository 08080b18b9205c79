using System.Runtime.Serialization;

namespace VisualChat.Pipeline.Recipes;

/// <summary>A format that a user's own data may have.</summary>
internal enum SourceFormat
{
    Llava,

    [EnumMember(Value = "mimic-it")]
    MimicIt,

    Sparkles,

    /// <summary>Conversations in the forms of other trainers.</summary>
    Conversations,
}
