namespace VisualChat.Model.Parameters;

/// <summary>A parameter of the model: its name in checkpoints, its shape, and how it starts where no file gives it.</summary>
/// <param name="Part">The part of the model it belongs to, which is trained or frozen as one.</param>
/// <param name="Name">As the released system names it.</param>
/// <param name="Shape">Its dimensions.</param>
/// <param name="Start">Its values at a random start.</param>
internal sealed record ParameterSpec(ModelPart Part, string Name, long[] Shape, Initialization Start);
