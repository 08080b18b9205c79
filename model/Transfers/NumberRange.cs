namespace VisualChat.Model.Transfers;

/// <summary>Where an array stands among <see cref="PackedNumbers"/>.</summary>
internal readonly record struct NumberRange(int Start, int Length);
