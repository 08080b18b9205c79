using CsCheck;
using VisualChat.Pipeline.Blending.Preparing;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Blending.Preparing;

/// <summary>Which images stay in memory.</summary>
public sealed class NearImagesTests
{
    private readonly List<int> _left = [];

    [Fact]
    public void The_image_that_is_taken_last_makes_room()
    {
        NearImages near = Holding(images: 2);
        near.Add(0, Image(), next: 50);
        near.Add(1, Image(), next: 90);
        near.Add(2, Image(), next: 70);

        _left.Should().Equal(1);
        near.Find(0).Should().NotBeNull();
        near.Find(1).Should().BeNull();
        near.Find(2).Should().NotBeNull();
    }

    [Fact]
    public void One_that_would_be_taken_last_itself_does_not_stay()
    {
        NearImages near = Holding(images: 1);
        near.Add(0, Image(), next: 50);
        near.Add(1, Image(), next: 60);

        _left.Should().Equal(1);
    }

    [Fact]
    public void A_use_moves_an_image_to_its_next()
    {
        NearImages near = Holding(images: 2);
        near.Add(0, Image(), next: 5);
        near.Add(1, Image(), next: 60);
        near.Delay(0, next: 100);
        near.Add(2, Image(), next: 70);

        _left.Should().Equal(0);
    }

    [Fact]
    public void An_image_is_given_back_once_it_is_taken_no_more()
    {
        NearImages near = Holding(images: 1);
        PooledBytes image = Image();
        near.Add(0, image, next: 5);
        image.Release();
        near.Remove(0);

        near.Find(0).Should().BeNull();
        image.TryShare().Should().BeFalse("nobody uses it any more");
        _left.Should().BeEmpty();
        near.Add(1, Image(), next: 5);
        _left.Should().BeEmpty("there is room again");
    }

    [Fact]
    public void What_is_asked_of_an_image_that_is_not_there_changes_nothing()
    {
        NearImages near = Holding(images: 1);
        near.Delay(7, next: 3);
        near.Remove(7);

        near.Find(7).Should().BeNull();
    }

    [Fact]
    public void At_any_time_it_holds_those_taken_soonest_of_all_that_it_was_given() =>
        Gen.Int[1, 1000].HashSet[1, 60].Select(set => set.ToArray()).Sample(places =>
        {
            var left = new List<int>();
            var near = new NearImages(8 * Length, (image, _) => left.Add(image));
            for (int image = 0; image < places.Length; image++)
                near.Add(image, Image(), places[image]);

            int[] soonest = [.. Enumerable.Range(0, places.Length).OrderBy(image => places[image]).Take(8)];
            int[] held = [.. Enumerable.Range(0, places.Length).Where(image => near.Find(image) is not null)];
            held.Should().BeEquivalentTo(soonest);
            left.Concat(held).Should().BeEquivalentTo(Enumerable.Range(0, places.Length));
        });

    private const int Length = 100;

    private NearImages Holding(int images) => new(images * Length, (image, _) => _left.Add(image));

    private static PooledBytes Image() => new(new byte[Length]);
}
