namespace VisualChat.Pipeline.Conversations;

/// <summary>
/// The ids added after a base vocabulary of V pieces, as the released system adds them: the
/// embedding table has V + 3 rows.
/// </summary>
/// <param name="BaseVocabularySize">V.</param>
internal readonly record struct SpecialTokens(int BaseVocabularySize)
{
    /// <summary>Label of a position from which nothing is learned.</summary>
    public const int IgnoredLabel = -100;

    /// <summary>
    /// <c>### Image:</c>, id V. Never produced: the image's number is put into the text first.
    /// </summary>
    public int ImageMark => BaseVocabularySize;

    /// <summary><c>&lt;image&gt;</c>, id V + 1: stands for one image's visual tokens.</summary>
    public int Image => BaseVocabularySize + 1;

    /// <summary>The pad token, id V + 2.</summary>
    public int Pad => BaseVocabularySize + 2;

    /// <summary>Rows of the embedding table.</summary>
    public int VocabularySize => BaseVocabularySize + 3;
}
