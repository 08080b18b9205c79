namespace VisualChat.Pipeline.Recipes;

/// <summary>After every epoch, or after every so many updates.</summary>
/// <param name="Count">How many updates; null: an epoch.</param>
internal readonly record struct EpochOrCount(int? Count)
{
    public static EpochOrCount Epoch => default;

    public static EpochOrCount Of(int updates) => new(updates);

    /// <summary>Whether it is time after an update.</summary>
    /// <param name="update">How many updates are done.</param>
    /// <param name="endsEpoch">Whether an epoch ended with the last of them.</param>
    public bool IsDue(long update, bool endsEpoch) => Count is { } count ? update % count == 0 : endsEpoch;
}
