namespace VisualChat.Pipeline.Launching;

/// <summary>Which of the processes of one launch this is.</summary>
/// <param name="Number">Its number, from 0.</param>
/// <param name="Count">How many there are; null where the launcher does not say.</param>
internal readonly record struct ProcessNumber(int Number, int? Count);
