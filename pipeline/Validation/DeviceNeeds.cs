using VisualChat.Model.Memory;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Validation;

/// <summary>What a model takes on a device.</summary>
/// <param name="Device"><c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</param>
/// <param name="Memory">What is free there; null: it is not here, or does not say.</param>
/// <param name="Training">A training; null: the recipe has none.</param>
/// <param name="Trained">What is trained in it.</param>
/// <param name="Answering">One conversation as long as the decoder reaches.</param>
/// <param name="Serving">As many as <c>serve</c> answers and keeps.</param>
internal sealed record DeviceNeeds(
    string Device,
    FreeMemory? Memory,
    PassSize? Training,
    TrainedNeed? Trained,
    GenerationNeeds Answering,
    GenerationNeeds Serving)
{
    /// <summary>Whether so much is free; null: it is not known.</summary>
    public bool? HasRoomFor(MemoryNeed need) => Memory is null ? null : need.Total <= Memory.Free;
}
