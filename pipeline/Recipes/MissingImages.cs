using System.Runtime.Serialization;

namespace VisualChat.Pipeline.Recipes;

/// <summary>What happens to a record that names an image which is not there.</summary>
internal enum MissingImages
{
    /// <summary>The record is left out.</summary>
    Reject,

    /// <summary>The record is kept with its other images; without any, it is left out.</summary>
    [EnumMember(Value = "drop-image")]
    DropImage,
}
