namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>An image mark in a text.</summary>
/// <param name="At">Where it begins.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="IsForeign">Whether it is another program's, not <c>&lt;image&gt;</c>.</param>
/// <param name="Number">The number in it; -1 if it has none.</param>
/// <param name="AddressLength">
/// Bytes of the image's own address, which begins behind <c>&lt;img&gt;</c>; 0 if it has none.
/// </param>
internal readonly record struct FoundMark(
    int At,
    int Length,
    bool IsForeign = false,
    int Number = -1,
    int AddressLength = 0);
