using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Tests.SampleWorld;

public sealed class HeldOutSeparationTests
{
    [Fact]
    public void No_arrangement_that_is_asked_about_is_ever_trained_on()
    {
        HashSet<string> heldOut =
        [
            .. Enumerable.Range(0, 1_000).SelectMany(ordinal => HeldOutEntry.Draw(5, ordinal).Scenes).Select(Facts),
        ];
        heldOut.Count.Should().BeGreaterThan(900);
        for (int ordinal = 0; ordinal < 300; ordinal++)
        {
            var random = new KeyedRandom(6, "train", ordinal, "scenes");
            Comparison pair = Comparison.General(ref random, heldOut: false, most: 5);
            IEnumerable<Scene> trained = [
                pair.First, pair.Second, .. Clip.Draw(ref random)
                    .Frames, .. Tale.Draw(ref random)
                    .Scenes, .. Room.Draw(ref random)
                    .Views,
                Comparison.Subtle(ref random).Second,
                .. SparklesDrawing.Draw(ref random, [1, 2, 3, 4])
                    .Messages.SelectMany(message => message.Images)
                    .Select(image => image.Scene)];
            trained.Select(Facts).Should().NotContain(facts => heldOut.Contains(facts));
        }
    }

    [Fact]
    public void A_small_arrangement_is_drawn_for_one_side_only()
    {
        // One object: 8 shapes, 8 colors, 2 sizes, 9 cells. Few enough that both sides would meet
        // by chance.
        var trained = new HashSet<string>();
        var heldOut = new HashSet<string>();
        var random = new KeyedRandom(1, "test", 0, "scenes");
        for (int draw = 0; draw < 2_000; draw++)
        {
            trained.Add(Facts(SceneDrawing.Draw(ref random, 1, 1, heldOut: false)));
            heldOut.Add(Facts(SceneDrawing.Draw(ref random, 1, 1, heldOut: true)));
        }

        trained.Should().NotIntersectWith(heldOut);
        heldOut.Count.Should().BeInRange(80, 150, "a tenth of 1,152 arrangements is held out");
    }

    private static string Facts(Scene scene) =>
        string.Join(
            ';', scene.Objects.Select(item => $"{item.Shape},{item.Color},{item.Size},{item.Column},{item.Row}"));
}
