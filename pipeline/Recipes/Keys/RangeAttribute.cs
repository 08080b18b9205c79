namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>The numbers a key takes; for a list, how many items; for a text, its length.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RangeAttribute : Attribute
{
    /// <summary>The least value.</summary>
    public double From { get; init; } = double.NaN;

    /// <summary>The greatest value.</summary>
    public double To { get; init; } = double.NaN;

    /// <summary>Every value is greater.</summary>
    public double Above { get; init; } = double.NaN;

    /// <summary>Every value is less.</summary>
    public double Below { get; init; } = double.NaN;
}
