namespace VisualChat.Model.HuggingFace;

/// <summary>
/// How the tensors of one tower are called, and how they are found in the files of whole models,
/// where their names begin otherwise.
/// </summary>
/// <remarks>
/// The root of a name is what stands before the tower's own part of it: <c>vision_model.</c>,
/// nothing, <c>language_model.model.</c>. A tower is where the tensors are that only such a tower
/// has, so any root is found, and two towers in a file are noticed.
/// </remarks>
internal sealed record TowerNames
{
    /// <summary>What the tower is, for messages: <c>CLIP vision tower</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The root that the model's own names have.</summary>
    public required string Root { get; init; }

    /// <summary>
    /// Tensors that only such a tower has, after the root; <c>#</c> is a layer's number.
    /// </summary>
    public required IReadOnlyList<string> Marks { get; init; }

    /// <summary>How names may begin after the root.</summary>
    public required IReadOnlyList<string> Children { get; init; }

    /// <summary>How names of other parts of whole models begin; they are passed over.</summary>
    public required IReadOnlyList<string> OtherParts { get; init; }

    /// <summary>
    /// A tensor of the tower that stands beside the root, under what the root begins with: the
    /// head.
    /// </summary>
    public string? Beside { get; init; }

    /// <summary>
    /// Tensors whose names in a model that was exported whole are other ones, and their names here.
    /// </summary>
    public IReadOnlyList<(string Whole, string Own)> Renamed { get; init; } = [];

    /// <summary>The root, if a name is one of <see cref="Marks"/>; else null.</summary>
    public string? RootOf(string name)
    {
        foreach (string mark in Marks)
        {
            int number = mark.IndexOf('#');
            string end = number < 0 ? mark : mark[(number + 1)..];
            if (!name.EndsWith(end, StringComparison.Ordinal))
                continue;
            string before = name[..^end.Length];
            if (number >= 0)
            {
                before = before.TrimEnd("0123456789".ToCharArray());
                if (!before.EndsWith(mark[..number], StringComparison.Ordinal))
                    continue;
                before = before[..^number];
            }

            if (before.Length == 0 || before.EndsWith('.'))
                return before;
        }

        return null;
    }

    public bool IsOfOtherPart(string name) => OtherParts.Any(part => name.StartsWith(part, StringComparison.Ordinal));

    public bool IsChild(string name) => Children.Any(child => name.StartsWith(child, StringComparison.Ordinal));
}
