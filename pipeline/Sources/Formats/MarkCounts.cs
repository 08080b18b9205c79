namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>The marks of a record's questions, counted before any is given an image.</summary>
internal record struct MarkCounts()
{
    // The number of the last numbered mark; -1 before the first.
    private int _lastNumber = -1;

    /// <summary>Marks of all questions.</summary>
    public int Marks { get; private set; }

    /// <summary>Images of messages that say nothing but that the next image stands there.</summary>
    public int Gaps { get; set; }

    /// <summary>Marks that hold an image's address.</summary>
    public int Addresses { get; private set; }

    /// <summary>Marks of other programs.</summary>
    public int Foreign { get; private set; }

    /// <summary>Marks with a number.</summary>
    public int Numbered { get; private set; }

    /// <summary>Whether the numbers of the marks are 0, 1, 2 or 1, 2, 3 and so on.</summary>
    public bool AreInOrder { get; private set; } = true;

    /// <summary>Marks of each question that has any; -1 if they have different numbers.</summary>
    public int MarksOfOneRound { get; private set; }

    /// <summary>Whether the marks are not all of one kind.</summary>
    public readonly bool AreMixed =>
        IsPart(Foreign, Marks) || IsPart(Numbered, Marks) || IsPart(Addresses, Marks);

    /// <summary>Counts the marks of a question.</summary>
    public void Add(ReadOnlySpan<byte> question, bool withDoubtful)
    {
        int before = Marks;
        for (int at = 0; ImageMark.TryFind(question, at, withDoubtful, out FoundMark mark); at = mark.At + mark.Length)
        {
            Marks++;
            Foreign += mark.IsForeign ? 1 : 0;
            Addresses += mark.AddressLength > 0 ? 1 : 0;
            if (mark.Number < 0)
                continue;
            AreInOrder &= Numbered++ == 0 ? mark.Number <= 1 : mark.Number == _lastNumber + 1;
            _lastNumber = mark.Number;
        }

        int marks = Marks - before;
        if (marks > 0)
            MarksOfOneRound = before == 0 || marks == MarksOfOneRound ? marks : -1;
    }

    private static bool IsPart(int some, int all) => some > 0 && some < all;
}
