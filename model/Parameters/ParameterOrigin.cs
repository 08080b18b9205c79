using VisualChat.Model.Quantisation;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Parameters;

/// <summary>Where a parameter's values come from.</summary>
/// <param name="Spec">The parameter.</param>
/// <param name="Folder">The folder; null: a random start.</param>
/// <param name="Name">The tensor's name in its files.</param>
/// <param name="Entry">The tensor; null: the folder lacks it, or there is none.</param>
/// <param name="Rows">Which rows the tensor may have; null: the parameter's.</param>
internal sealed record ParameterOrigin(
    ParameterSpec Spec, string? Folder, string Name, TensorEntry? Entry, VocabularyRows? Rows)
{
    /// <summary>The tensor as it is quantised in the files; null: it is not.</summary>
    public QuantisedEntry? Quantised { get; init; }
}
