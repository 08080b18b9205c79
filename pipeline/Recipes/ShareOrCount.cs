namespace VisualChat.Pipeline.Recipes;

/// <summary>For how many updates: up to 1 a share of all of them, above 1 their number.</summary>
internal readonly record struct ShareOrCount(double Value)
{
    /// <summary>The number of updates, a share rounded up.</summary>
    /// <param name="all">How many a training has.</param>
    public long UpdatesOf(long all) =>
        // In decimal: 0.07 of 100 are 7, where the product of binary fractions is a little more.
        (long)Math.Ceiling(Value <= 1 ? (decimal)Value * all : (decimal)Value);
}
