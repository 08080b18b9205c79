namespace VisualChat.Pipeline.SampleWorld;

/// <summary>How many records each file of a world has. Shares follow the real sets' order of size, the small ones raised so that a small world still has some.</summary>
public sealed record SampleCounts(int Detail, int Reasoning, int Dialogue, int Cgd, int Sd, int Sn, int Tvc, int Vst, int SparklesCc, int SparklesVg)
{
    /// <summary>Fewest records of a world: every file then has at least one.</summary>
    public const int Fewest = 40;

    /// <summary>Most records of a world: picture ids stay unique below it.</summary>
    public const int Most = 2_000_000;

    // The pairs that CGD compares: some two COCO pictures to three records of LLaVA's or CGD's, so that a picture recurs about twice.
    private const double PairsARecord = 0.18;

    /// <summary>Pairs of COCO pictures.</summary>
    public int Pairs => (int)Math.Ceiling(PairsARecord * (Detail + Reasoning + Dialogue + Cgd + Sd + Sn + Tvc + Vst + SparklesCc + SparklesVg));

    /// <summary>The share of records that describe a picture, where nothing else is asked for.</summary>
    public const double DescriptionShare = 0.1;

    /// <summary>Divides a number of records over the files; dialogues take what rounding leaves.</summary>
    /// <param name="samples">Records.</param>
    /// <param name="descriptions">The share that describes a picture; the others keep their proportions.</param>
    public static SampleCounts Of(int samples, double descriptions = DescriptionShare)
    {
        int detail = (int)(samples * (decimal)descriptions);
        int rest = descriptions == DescriptionShare ? samples : (int)((samples - detail) / (1 - (decimal)DescriptionShare));
        int Share(int hundredths) => (int)((long)rest * hundredths / 100);
        var counts = new SampleCounts(detail, Share(16), 0, Share(20), Share(8), Share(4), Share(8), Share(6), Share(5), Share(3));
        return counts with
        {
            Dialogue = samples - counts.Detail - counts.Reasoning - counts.Cgd - counts.Sd - counts.Sn - counts.Tvc - counts.Vst - counts.SparklesCc - counts.SparklesVg,
        };
    }
}
