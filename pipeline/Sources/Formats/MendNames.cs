namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>The kinds of <see cref="Mend"/> as people and files name them.</summary>
internal static class MendNames
{
    private static readonly (Mend Mend, string Name)[] Names =
    [
        (Mend.ForeignMarks, "foreign-marks"),
        (Mend.ImagesPutFirst, "images-put-first"),
        (Mend.MarksMoved, "marks-moved"),
        (Mend.MarksRemoved, "marks-removed"),
        (Mend.SystemLeftOut, "system-left-out"),
    ];

    /// <summary>Counts what a record's mending is called. Costs nothing for one that is as it should be.</summary>
    public static void AddTo(this Mend mends, SortedDictionary<string, int> counts)
    {
        if (mends == Mend.None)
            return;
        foreach ((Mend mend, string name) in Names)
        {
            if (mends.HasFlag(mend))
                counts[name] = counts.GetValueOrDefault(name) + 1;
        }
    }
}
