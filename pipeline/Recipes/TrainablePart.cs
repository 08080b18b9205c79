using System.Runtime.Serialization;

namespace VisualChat.Pipeline.Recipes;

/// <summary>A part of the model that a recipe lets learn.</summary>
internal enum TrainablePart
{
    Projection,
    Embeddings,
    Vision,
    Language,

    /// <summary>The gated layers of <c>cra-ca</c>; other attentions have none.</summary>
    [EnumMember(Value = "cross_attention")]
    CrossAttention,
}
