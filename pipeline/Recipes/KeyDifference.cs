namespace VisualChat.Pipeline.Recipes;

/// <summary>A key that two recipes give different values.</summary>
/// <param name="Key">Its path; an entry of <c>data.sources</c> is named by its name.</param>
/// <param name="Other">The other recipe's value; null: it has none.</param>
/// <param name="Own">This recipe's value; null: it has none.</param>
internal sealed record KeyDifference(string Key, string? Other, string? Own)
{
    /// <summary>The difference as a clause, where this recipe came after the other.</summary>
    public string Changed => $"{Key} was {Other ?? "none"} and is {Own ?? "none"}";
}
