using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// How many records each file of a world has. Shares follow the real sets' order of size, the small
/// ones raised so that a small world still has some.
/// </summary>
internal sealed record WorldCounts(
    int Detail, int Reasoning, int Dialogue, int Cgd, int Sd, int Sn, int Tvc, int Vst, int SparklesCc, int SparklesVg)
{
    /// <summary>Fewest records of a world: every file then has at least one.</summary>
    public const int Fewest = 40;

    /// <summary>Most records of a world: picture ids stay unique below it.</summary>
    public const int Most = 2_000_000;

    // About two COCO pictures for every three records, so each picture is used about twice.
    private const double PairsARecord = 0.18;

    /// <summary>Pairs of COCO pictures.</summary>
    public int Pairs => (int)Math.Ceiling(PairsARecord * (Detail + Dialogue + Others));

    private int Others => Reasoning + Cgd + Sd + Sn + Tvc + Vst + SparklesCc + SparklesVg;

    /// <summary>
    /// Divides a world's records over the files; dialogues take what rounding leaves.
    /// </summary>
    public static WorldCounts Of(SampleWorldSettings world)
    {
        double usual = SampleWorldSettings.Default.Descriptions;
        int detail = (int)(world.Samples * (decimal)world.Descriptions);

        // With another share of descriptions, the other files keep their proportions.
        int whole = world.Descriptions == usual
            ? world.Samples
            : (int)((world.Samples - detail) / (1 - (decimal)usual));
        int Share(int hundredths) => (int)((long)whole * hundredths / 100);
        var counts = new WorldCounts(
            detail,
            Reasoning: Share(16),
            Dialogue: 0,
            Cgd: Share(20),
            Sd: Share(8),
            Sn: Share(4),
            Tvc: Share(8),
            Vst: Share(6),
            SparklesCc: Share(5),
            SparklesVg: Share(3));
        return counts with { Dialogue = world.Samples - detail - counts.Others };
    }
}
