namespace VisualChat.Model.Attention;

/// <summary>How one sample's positions are packed into rows of text and rows of images.</summary>
internal sealed record SampleLayout
{
    /// <summary>The sample's text rows, first to last.</summary>
    public required IReadOnlyList<Segment> TextSegments { get; init; }

    /// <summary>The sample's image rows, first to last.</summary>
    public required IReadOnlyList<Segment> ImageSegments { get; init; }

    public int TextRows { get; private init; }

    public int ImageRows { get; private init; }

    /// <summary>Positions of the sample.</summary>
    public int Length => TextRows + ImageRows;

    /// <summary>
    /// Images without text between them share a segment, and so does adjacent text.
    /// </summary>
    public static SampleLayout Of(IReadOnlyList<Run> runs)
    {
        List<Segment> text = [], image = [];
        int textRows = 0, imageRows = 0;
        foreach (Run run in runs)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(run.Length, nameof(runs));
            if (run.Length == 0)
                continue;
            Append(run.IsImage ? image : text, run.Length, run.IsImage ? textRows : imageRows);
            textRows += run.IsImage ? 0 : run.Length;
            imageRows += run.IsImage ? run.Length : 0;
        }

        return new SampleLayout
        {
            TextSegments = text,
            ImageSegments = image,
            TextRows = textRows,
            ImageRows = imageRows,
        };
    }

    private static void Append(List<Segment> segments, int length, int otherRowsBefore)
    {
        if (segments.Count > 0 && segments[^1].OtherRowsBefore == otherRowsBefore)
            segments[^1] = segments[^1] with { Length = segments[^1].Length + length };
        else
            segments.Add(new Segment(length, otherRowsBefore));
    }
}
