using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources;

/// <summary>Counts mended records by what was changed.</summary>
internal sealed class MendTally
{
    private static readonly (Mend Mend, string Name)[] Names =
    [
        (Mend.ForeignMarks, "foreign-marks"),
        (Mend.ImagesNotListed, "images-not-a-list"),
        (Mend.ImagesPutFirst, "images-put-first"),
        (Mend.MarksMoved, "marks-moved"),
        (Mend.MarksRemoved, "marks-removed"),
        (Mend.SystemLeftOut, "system-left-out"),
    ];

    private readonly int[] _counts = new int[Names.Length];
    private readonly string[] _examples = new string[Names.Length];

    /// <summary>Counts a record; one that needed no mending costs nothing.</summary>
    public void Add(Mend mends, ResolvedFile file, int row)
    {
        if (mends == Mend.None)
            return;
        for (int kind = 0; kind < Names.Length; kind++)
        {
            if (!mends.HasFlag(Names[kind].Mend))
                continue;
            if (_counts[kind]++ == 0)
                _examples[kind] = file.LabelAt(file.Index.Ordinals[row]);
        }
    }

    /// <summary>The kinds that were met, by name.</summary>
    public IReadOnlyList<MendSummary> Finish() =>
    [
        .. Names
            .Select((kind, number) => new MendSummary(kind.Name, _counts[number], _examples[number]))
            .Where(summary => summary.Count > 0),
    ];
}
