namespace VisualChat.Model.Attention;

/// <summary>
/// How a batch's positions are packed into rows. The text rows of all samples lie one after the
/// other, and so do the image rows. No row is padding, so no mask is ever made. A batch of two
/// samples, with t for text and v for image positions:
/// <code>
/// sample 0:  t0 t1 v2 v3 t4        text rows   t0 t1 t4 | t0 t2
/// sample 1:  t0 v1 t2              image rows  v2 v3    | v1
/// </code>
/// The numbers are positions in the sample, by which rotary positions rotate. A position of the
/// batch is counted in reading order, sample after sample: above, sample 1's v1 is position 6.
/// </summary>
internal sealed class InterleavedLayout
{
    private InterleavedLayout(
        IReadOnlyList<SampleLayout> samples, int[] textPositions, int[] imagePositions, int[] rowOfPosition)
    {
        Samples = samples;
        TextPositions = textPositions;
        ImagePositions = imagePositions;
        RowOfPosition = rowOfPosition;
    }

    /// <summary>Positions of the whole batch.</summary>
    public int Positions => RowOfPosition.Length;

    /// <summary>Text rows of the whole batch.</summary>
    public int TextRows => TextPositions.Length;

    /// <summary>Image rows of the whole batch.</summary>
    public int ImageRows => ImagePositions.Length;

    public IReadOnlyList<SampleLayout> Samples { get; }

    /// <summary>[text rows] Each row's position in its sample.</summary>
    public int[] TextPositions { get; }

    /// <summary>[image rows] Each row's position in its sample.</summary>
    public int[] ImagePositions { get; }

    /// <summary>
    /// [positions] The row of each of the batch's positions. Image rows are numbered after the last
    /// text row.
    /// </summary>
    public int[] RowOfPosition { get; }

    /// <summary>Lays out a batch.</summary>
    /// <param name="samples">Each sample's runs in reading order.</param>
    /// <exception cref="ArgumentOutOfRangeException">A run's length is negative.</exception>
    public static InterleavedLayout Of(IReadOnlyList<IReadOnlyList<Run>> samples)
    {
        SampleLayout[] layouts = [.. samples.Select(SampleLayout.Of)];
        int[] textPositions = new int[layouts.Sum(sample => sample.TextRows)];
        int[] imagePositions = new int[layouts.Sum(sample => sample.ImageRows)];
        int[] rows = new int[textPositions.Length + imagePositions.Length];
        int text = 0, image = 0, batchPosition = 0;
        foreach (IReadOnlyList<Run> runs in samples)
        {
            int position = 0;
            foreach (Run run in runs)
            {
                for (int count = 0; count < run.Length; count++, position++, batchPosition++)
                {
                    rows[batchPosition] = run.IsImage ? textPositions.Length + image : text;
                    if (run.IsImage)
                        imagePositions[image++] = position;
                    else
                        textPositions[text++] = position;
                }
            }
        }

        return new InterleavedLayout(layouts, textPositions, imagePositions, rows);
    }

    /// <summary>
    /// The same samples with every position as text. Plain causal attention is mmca over this
    /// layout.
    /// </summary>
    public InterleavedLayout AsText() =>
        Of([.. Samples.Select(sample => (IReadOnlyList<Run>)[Run.Text(sample.Length)])]);
}
