namespace VisualChat.Model.Parameters;

/// <summary>What a parameter does in its layer, which decides how optimizers treat it.</summary>
internal enum ParameterRole
{
    /// <summary>
    /// Multiplies another layer's output, or an image's patches: a matrix, or a convolution that
    /// amounts to one.
    /// </summary>
    Matrix,

    /// <summary>The matrix that makes logits.</summary>
    Head,

    /// <summary>
    /// A table whose rows are looked up or added, never multiplied: embeddings, positions.
    /// </summary>
    Table,

    /// <summary>A bias, a norm's weight, or the class token.</summary>
    Vector,
}
