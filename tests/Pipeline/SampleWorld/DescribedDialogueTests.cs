using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Tests.SampleWorld;

public sealed class DescribedDialogueTests
{
    [Fact]
    public void A_described_dialogue_is_another_one_after_a_description_that_names_every_object()
    {
        for (int ordinal = 0; ordinal < 50; ordinal++)
        {
            var drawn = new KeyedRandom(3, "test", ordinal, "scene");
            Scene scene = SceneDrawing.Draw(ref drawn, 2, 6, heldOut: false);
            IReadOnlyList<Round> plain = Dialogue(scene, ordinal, described: 0);
            IReadOnlyList<Round> described = Dialogue(scene, ordinal, described: 1);

            described.Skip(1).Should().Equal(plain);
            string description = described[0].Answer.ToLowerInvariant();
            foreach (SceneObject item in scene.Objects)
                description.Should().Contain(ObjectPhrase.Of(item).Singular).And.Contain(Wording.Place(item.Cell));
        }
    }

    [Fact]
    public void A_share_of_dialogues_is_described()
    {
        var drawn = new KeyedRandom(3, "test", 0, "scene");
        Scene scene = SceneDrawing.Draw(ref drawn, 2, 6, heldOut: false);

        Enumerable.Range(0, 1000)
            .Count(ordinal => Dialogue(scene, ordinal, 0.3).Count > Dialogue(scene, ordinal, 0).Count)
            .Should().BeInRange(260, 340);
    }

    private static IReadOnlyList<Round> Dialogue(Scene scene, int ordinal, double described)
    {
        var random = new KeyedRandom(3, "test", ordinal, "text");
        return PictureRounds.Dialogue(ref random, scene, briefShare: 0.5, described);
    }
}
