namespace VisualChat.Pipeline.Recipes;

/// <summary>A part of the model that a recipe lets learn.</summary>
internal enum TrainablePart
{
    Projection,
    Embeddings,
    Vision,
    Language,
}
