namespace VisualChat.Model.Attention;

/// <summary>
/// How a batch's positions are packed into rows. Text rows of all samples lie one after the other, and so do image rows; no row is padding,
/// so no mask is ever made. A batch of two samples, t text and v image positions:
/// <code>
/// sample 0:  t0 t1 v2 v3 t4        text rows   t0 t1 t4 | t0 t1
/// sample 1:  t0 v1 t2              image rows  v2 v3    | v1        (numbers: the position in the sample, which RoPE turns by)
/// </code>
/// A position of the batch is counted in reading order, sample after sample: above, sample 1's v1 is position 6.
/// </summary>
public sealed class InterleavedLayout
{
    private InterleavedLayout(IReadOnlyList<SampleLayout> samples, int[] textPositions, int[] imagePositions, int[] rowOfPosition)
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

    internal IReadOnlyList<SampleLayout> Samples { get; }

    /// <summary>[text rows] Each row's position in its sample.</summary>
    internal int[] TextPositions { get; }

    /// <summary>[image rows] Each row's position in its sample.</summary>
    internal int[] ImagePositions { get; }

    /// <summary>[positions] The row of each of the batch's positions; image rows are counted on from the last text row.</summary>
    internal int[] RowOfPosition { get; }

    /// <summary>Lays out a batch.</summary>
    /// <param name="samples">Each sample's runs in reading order.</param>
    /// <exception cref="ArgumentOutOfRangeException">A run's length is negative.</exception>
    public static InterleavedLayout Of(IReadOnlyList<IReadOnlyList<Run>> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        SampleLayout[] layouts = [.. samples.Select(SampleLayout.Of)];
        int[] textPositions = new int[layouts.Sum(sample => sample.TextRows)];
        int[] imagePositions = new int[layouts.Sum(sample => sample.ImageRows)];
        int[] rows = new int[textPositions.Length + imagePositions.Length];
        int text = 0, image = 0, place = 0;
        foreach (IReadOnlyList<Run> runs in samples)
        {
            int position = 0;
            foreach (Run run in runs)
            {
                for (int count = 0; count < run.Length; count++, position++, place++)
                {
                    rows[place] = run.IsImage ? textPositions.Length + image : text;
                    if (run.IsImage)
                        imagePositions[image++] = position;
                    else
                        textPositions[text++] = position;
                }
            }
        }

        return new InterleavedLayout(layouts, textPositions, imagePositions, rows);
    }

    /// <summary>The same samples with every position counted as text: plain causal attention is mmca over this.</summary>
    internal InterleavedLayout AsText() => Of([.. Samples.Select(sample => (IReadOnlyList<Run>)[Run.Text(sample.Length)])]);
}
