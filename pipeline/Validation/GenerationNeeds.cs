using VisualChat.Model.Memory;

namespace VisualChat.Pipeline.Validation;

/// <summary>What answering takes.</summary>
/// <param name="Conversations">Conversations at a time.</param>
/// <param name="Positions">Positions that are kept of all of them, at most.</param>
/// <param name="Need">
/// What it takes: weights, their keys and values, and the longest prompt in one pass.
/// </param>
internal sealed record GenerationNeeds(int Conversations, long Positions, MemoryNeed Need);
