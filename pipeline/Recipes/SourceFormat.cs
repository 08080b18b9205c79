using System.Runtime.Serialization;

namespace VisualChat.Pipeline.Recipes;

/// <summary>A format that a user's own data may have.</summary>
internal enum SourceFormat
{
    Llava,

    [EnumMember(Value = "mimic-it")]
    MimicIt,

    Sparkles,

    /// <summary>JSON Lines of role and content, as other trainers read them.</summary>
    Conversations,
}
