using VisualChat.Model.HuggingFace;

namespace VisualChat.Model.Parameters;

/// <summary>
/// Parameters that belong together, and the Hugging Face folder that may hold them.
/// </summary>
internal sealed record ParameterSource
{
    public required IReadOnlyList<ParameterSpec> Specs { get; init; }

    /// <summary>The folder; null: a random start.</summary>
    public string? Folder { get; init; }

    /// <summary>How the names begin in the folder of a model that was exported whole.</summary>
    public required string Prefix { get; init; }

    /// <summary>
    /// Parameters whose names in such a folder do not begin so, and their names here.
    /// </summary>
    public IReadOnlyList<(string Whole, string Part)> Renamed { get; init; } = [];

    /// <summary>Whether the folder may hold a tensor that the model does not use.</summary>
    public Func<string, bool> IsIgnored { get; init; } = _ => false;

    /// <exception cref="Errors.ModelException">
    /// The folder has no weights, or they are damaged.
    /// </exception>
    public WeightFolder? Open() => Folder is null ? null : WeightFolder.Open(Folder).Part(Prefix, Renamed);
}
