using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// The pictures that LLaVA's three files and CGD share: pairs that differ in one object, under
/// COCO's names of 12 digits.
/// </summary>
/// <param name="Seed">The world's seed.</param>
/// <param name="Pairs">Number of pairs.</param>
/// <param name="MostObjects">Most objects in a pair's earlier picture.</param>
internal sealed record CocoPictures(long Seed, int Pairs, int MostObjects)
{
    // Multiplying by a number modulo a larger prime gives every picture an id of its own, scattered
    // as COCO's are.
    private const long IdPrime = 999_983;
    private const long IdFactor = 48_271;

    /// <summary>Number of pictures.</summary>
    public int Count => 2 * Pairs;

    /// <summary>The name without extension, <c>000000033471</c>.</summary>
    public static string Name(int picture) => $"{(picture + 1) * IdFactor % IdPrime:D12}";

    /// <summary>The pair's two pictures and their difference.</summary>
    public Comparison Pair(int pair)
    {
        var random = new KeyedRandom(Seed, "coco", pair, "scenes");
        return Comparison.General(ref random, heldOut: false, MostObjects);
    }

    /// <summary>One picture.</summary>
    public Scene Picture(int picture) => picture % 2 == 0 ? Pair(picture / 2).First : Pair(picture / 2).Second;

    /// <summary>Every picture with its name.</summary>
    public IEnumerable<(string Id, Scene Scene)> All()
    {
        for (int pair = 0; pair < Pairs; pair++)
        {
            Comparison comparison = Pair(pair);
            yield return (Name(2 * pair), comparison.First);
            yield return (Name((2 * pair) + 1), comparison.Second);
        }
    }
}
