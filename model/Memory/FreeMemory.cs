namespace VisualChat.Model.Memory;

/// <summary>A device's memory, in bytes.</summary>
/// <param name="Free">What is free.</param>
/// <param name="Total">What it has.</param>
public sealed record FreeMemory(long Free, long Total);
