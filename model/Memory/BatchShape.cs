namespace VisualChat.Model.Memory;

/// <summary>What a pass's memory depends on.</summary>
/// <param name="TextRows">Positions of text.</param>
/// <param name="ImageRows">Positions of images: visual tokens.</param>
/// <param name="Images">The number of images.</param>
/// <param name="LabelTokens">Positions that are learned.</param>
public sealed record BatchShape(long TextRows, long ImageRows, long Images, long LabelTokens)
{
    /// <summary>
    /// Text rows that attention computes where samples are padded to the longest; null: none are.
    /// </summary>
    public long? PaddedTextRows { get; init; }

    /// <summary>Image rows that attention computes then.</summary>
    public long? PaddedImageRows { get; init; }

    /// <summary>All positions.</summary>
    public long Positions => TextRows + ImageRows;
}
