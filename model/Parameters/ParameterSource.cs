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

    /// <summary>How the tower's tensors are called in folders; null: it has none.</summary>
    public TowerNames? Names { get; init; }

    /// <summary>
    /// How a layer's tensors begin, before its number, and how many layers there are.
    /// </summary>
    public (string Prefix, int Count) Layers { get; init; } = ("", 0);

    /// <summary>Whether the folder may hold a tensor that the model does not use.</summary>
    public Func<string, bool> IsIgnored { get; init; } = _ => false;

    /// <summary>
    /// A tensor that the folder may hold a second time, and its second name: a tied head.
    /// </summary>
    public (string Name, string Second)? Twice { get; init; }

    /// <summary>
    /// Why tensors of these names are of another model, in words that follow the folder's name;
    /// null: they are not. It is asked of checkpoints, before tensor is compared with tensor.
    /// </summary>
    public Func<IEnumerable<string>, string?> Mismatch { get; init; } = _ => null;

    /// <exception cref="Errors.ModelException">
    /// The folder has no weights, or they are damaged or of another model.
    /// </exception>
    public TowerTensors? Open() => Folder is null ? null : TowerTensors.Find(WeightFolder.Open(Folder), Names!);
}
