namespace VisualChat.Model.Language;

/// <summary>How rotary positions reach beyond the length a decoder was trained at.</summary>
public enum RopeScaling
{
    /// <summary>They do not.</summary>
    None,

    /// <summary>Positions are divided by the factor.</summary>
    Linear,

    /// <summary>
    /// The base grows once a sequence is longer than the trained length ("NTK-aware", as
    /// transformers computes it).
    /// </summary>
    Dynamic,

    /// <summary>
    /// Slow turns are divided by the factor, fast ones stay, and those between are mixed
    /// (transformers' <c>llama3</c>).
    /// </summary>
    Llama3,
}
