namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// Makes the rounds of a conversation that <see cref="ConversationTable"/> read, and gives each
/// image its round. An image is shown by the question that it is a part of, or where a mark or a
/// part without an image stands, the next of the record's images each time. If there are neither
/// marks nor parts, the first round shows all images. Anything else that does not add up is
/// rejected. Marks are searched for in questions only; in an answer they are words.
/// </summary>
internal struct ConversationRounds
{
    private readonly RecordDraft _draft;
    private readonly List<TextSlice> _listed;

    // The images of messages, in order, with gaps for those that take the next of the record's.
    private readonly TextSlice[] _ofMessages;

    private int _nextOfMessages;
    private int _nextListed;

    // Whether words that are marks in some programs are marks in this record.
    private bool _withDoubtful;

    // Whether marks after the first question's name the same images again.
    private bool _marksRepeat;

    private ConversationRounds(RecordDraft draft)
    {
        _draft = draft;
        _listed = ListedImagesOf(draft);
        _ofMessages = draft.Images.Count == 0 ? [] : [.. draft.Images];
    }

    /// <summary>Makes the rounds.</summary>
    /// <param name="draft">A record as it was read.</param>
    /// <param name="mayRepeatMarks">
    /// Whether a mark in a later question may stand for images that are shown already, as in
    /// LLaVA's files.
    /// </param>
    /// <exception cref="RecordRejectedException">
    /// Messages do not alternate, or images and marks do not add up.
    /// </exception>
    public static void Make(RecordDraft draft, bool mayRepeatMarks)
    {
        LeaveOutSystemMessage(draft);
        RecordFormat.RequireAlternation(draft);
        var rounds = new ConversationRounds(draft);
        bool putFirst = rounds.Match(mayRepeatMarks);
        draft.Images.Clear();
        for (int message = 0; message < draft.Messages.Count; message += 2)
            rounds.Add(message, putFirst && message == 0);
    }

    private static void LeaveOutSystemMessage(RecordDraft draft)
    {
        if (draft.Messages.Count == 0 || draft.Messages[0].Speaker != Speaker.System)
            return;
        if (draft.Messages[0].Images > 0)
            throw RecordFormat.Marks("the system message shows an image");
        if (draft.Messages[0].Text.Length > 0)
            draft.Mends |= Mend.SystemLeftOut;
        draft.Messages.RemoveAt(0);
    }

    private static List<TextSlice> ListedImagesOf(RecordDraft draft)
    {
        if (draft.OnlyImages.Count == 0)
            return draft.ListedImages;
        if (draft.ListedImages.Count == 0)
            return draft.OnlyImages;
        bool isSame = draft.OnlyImages.Count == draft.ListedImages.Count;
        for (int image = 0; isSame && image < draft.OnlyImages.Count; image++)
            isSame = draft[draft.OnlyImages[image]].SequenceEqual(draft[draft.ListedImages[image]]);
        return isSame
            ? draft.ListedImages
            : throw new RecordRejectedException(
                RejectReason.Ambiguous, "the record has both 'image' and 'images', and they differ");
    }

    // Holds marks and images against each other. True: no mark stands anywhere, and the images of
    // the record are shown first.
    private bool Match(bool mayRepeatMarks)
    {
        MarkCounts counts = CountMarks(withDoubtful: false);
        if (counts.Marks == 0 && counts.Gaps == 0 && _ofMessages.Length == 0 && _listed.Count > 0)
        {
            counts = CountMarks(withDoubtful: true);
            _withDoubtful = counts.Marks > 0;
        }

        if (counts.AreMixed)
            throw RecordFormat.Marks("the questions have image marks of several kinds");
        if (!counts.AreInOrder)
            throw RecordFormat.Marks("the numbers in the image marks are not 1, 2, 3 and so on");
        if (counts.Foreign > 0)
            _draft.Mends |= Mend.ForeignMarks;
        if (counts.Addresses > 0)
        {
            return counts.Gaps == 0 && _listed.Count == 0
                ? false
                : throw RecordFormat.Marks("image marks have addresses, and the record lists images besides");
        }

        int wanted = counts.Marks + counts.Gaps;
        if (wanted == _listed.Count || (wanted == 0 && IsListedAgain()))
            return false;
        if (wanted == 0 && _ofMessages.Length == 0)
        {
            _draft.Mends |= Mend.ImagesPutFirst;
            return true;
        }

        _marksRepeat = mayRepeatMarks && counts.Gaps == 0 && counts.MarksOfOneRound == _listed.Count;
        if (!_marksRepeat)
            throw RecordFormat.Marks($"the questions mark {wanted} images and the record lists {_listed.Count}");
        return false;
    }

    // Whether the record's list names the very images that the messages have.
    private readonly bool IsListedAgain()
    {
        if (_listed.Count != _ofMessages.Length)
            return false;
        for (int image = 0; image < _ofMessages.Length; image++)
        {
            if (!_draft[_ofMessages[image]].SequenceEqual(_draft[_listed[image]]))
                return false;
        }

        return true;
    }

    private readonly MarkCounts CountMarks(bool withDoubtful)
    {
        var counts = new MarkCounts();
        int next = 0;
        foreach (DraftMessage said in _draft.Messages)
        {
            for (int end = next + said.Images; next < end; next++)
                counts.Gaps += _ofMessages[next].Exists ? 0 : 1;
            if (said.Speaker == Speaker.User && said.Images == 0)
                counts.Add(_draft[said.Text], withDoubtful);
        }

        return counts;
    }

    private void Add(int message, bool putFirst)
    {
        DraftMessage asked = _draft.Messages[message];
        DraftMessage answered = _draft.Messages[message + 1];
        if (answered.Images > 0)
            throw RecordFormat.Marks($"answer {(message / 2) + 1} shows an image");
        int before = _draft.Images.Count;
        TextSlice question = asked.Images > 0 ? AddOfMessage(asked) : AddMarked(asked);
        if (putFirst)
            _draft.Images.AddRange(_listed);
        RecordFormat.AddRound(_draft, question, answered.Text, _draft.Images.Count - before);
    }

    // Adds the images that the message itself has. Marks in its text may only say so again.
    private TextSlice AddOfMessage(DraftMessage asked)
    {
        for (int image = 0; image < asked.Images; image++)
        {
            TextSlice key = _ofMessages[_nextOfMessages++];
            _draft.Images.Add(key.Exists ? key : _listed[_nextListed++]);
        }

        return RecordFormat.WithoutMarks(_draft, asked.Text, asked.Images);
    }

    // Adds the images that marks in the text show.
    private TextSlice AddMarked(DraftMessage asked)
    {
        int marks = 0;
        bool showsAgain = _marksRepeat && _nextListed == _listed.Count;
        for (int at = 0;
             ImageMark.TryFind(_draft[asked.Text], at, _withDoubtful, out FoundMark mark);
             at = mark.At + mark.Length)
        {
            marks++;
            if (mark.AddressLength > 0)
                _draft.Images.Add(new TextSlice(asked.Text.Start + mark.At + "<img>".Length, mark.AddressLength));
            else if (!showsAgain)
                _draft.Images.Add(_listed[_nextListed++]);
        }

        if (marks == 0)
            return asked.Text;
        if (showsAgain)
            _draft.Mends |= Mend.MarksRemoved;
        else if (ImageMark.StandsAmongWords(_draft[asked.Text], _withDoubtful))
            _draft.Mends |= Mend.MarksMoved;
        return ImageMark.RemoveAll(_draft, asked.Text, _withDoubtful);
    }
}
