namespace VisualChat.Model.Parameters;

/// <summary>A parameter of the model, before it has values.</summary>
/// <param name="Part">The part of the model it belongs to.</param>
/// <param name="Role">What it does in its layer.</param>
/// <param name="Name">
/// Its name in the model and in checkpoints, as the released system has it.
/// </param>
/// <param name="Shape">The size of each dimension.</param>
/// <param name="Start">Its values if no file gives them.</param>
internal sealed record ParameterSpec(
    ModelPart Part, ParameterRole Role, string Name, long[] Shape, Initialization Start)
{
    /// <summary>Its name in a Hugging Face folder of its part.</summary>
    public string NameInFolder { get; init; } = Name;

    /// <summary>True of a table that is not learned, also where its part is trained.</summary>
    public bool IsConstant { get; init; }

    /// <summary>
    /// The rows that the table may have in a folder; null if the parameter does not grow with the
    /// vocabulary.
    /// </summary>
    public VocabularyRows? Rows { get; init; }

    /// <summary>
    /// The tensor that has this parameter's rows among others', where frozen parameters are joined
    /// (<see cref="JoinedTensors"/>); null if it is never joined.
    /// </summary>
    public string? JoinedName { get; init; }

    /// <summary>
    /// Whether it is a matrix of the tower's or the decoder's linear layers, which may be quantised
    /// where it is frozen, as in bitsandbytes. Tables, head, norms, biases and the patches'
    /// convolution are not; nor is an attention's <c>in_proj_weight</c>, whose rows are three maps.
    /// </summary>
    public bool IsLayersMap =>
        Part is ModelPart.Vision or ModelPart.Language
        && Role == ParameterRole.Matrix
        && Shape.Length == 2
        && Name.EndsWith(".weight", StringComparison.Ordinal);
}
