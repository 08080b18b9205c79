namespace VisualChat.Model.Parameters;

/// <summary>
/// The rows of a table that a folder may hold. Tables of other tools are often padded to a multiple
/// of some number of rows; rows beyond the vocabulary are left out. Rows of added tokens that the
/// folder lacks start at random.
/// </summary>
/// <param name="Configured">What the folder's configuration says; a table has no fewer.</param>
/// <param name="Pieces">The tokenizer's own pieces, without added tokens; it has no fewer.</param>
/// <param name="Needed">The model's rows.</param>
internal sealed record VocabularyRows(long Configured, long Pieces, long Needed)
{
    // The largest padding of Megatron and DeepSpeed: 128 rows for each of eight GPUs.
    private const long Padding = 1024;

    /// <summary>Why a folder's table does not fit; null: it does.</summary>
    public string? ProblemOf(long rows)
    {
        if (rows < Configured)
            return $"has {rows:N0} rows, and the folder's config.json says 'vocab_size' is {Configured:N0}";
        if (rows < Pieces)
            return $"has {rows:N0} rows, and the tokenizer has {Pieces:N0} pieces; it belongs to another model";
        long most = (Needed + Padding - 1) / Padding * Padding;
        return rows <= most
            ? null
            : $"has {rows:N0} rows, and the tokenizer has {Pieces:N0} pieces, which is more than padding explains; "
                + "it belongs to another model";
    }
}
