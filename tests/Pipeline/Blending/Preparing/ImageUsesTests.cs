using VisualChat.Pipeline.Blending.Preparing;

namespace VisualChat.Pipeline.Tests.Blending.Preparing;

/// <summary>When each image is taken.</summary>
public sealed class ImageUsesTests
{
    [Fact]
    public void Uses_are_counted_and_have_their_places_in_order()
    {
        var uses = new ImageUses(images: 4, taken: [2, 0, 2, 3, 2]);

        Enumerable.Range(0, 4).Select(uses.CountOf).Should().Equal(1, 0, 3, 1);
        uses.PlaceOf(image: 0, use: 0).Should().Be(1);
        Enumerable.Range(0, 3).Select(use => uses.PlaceOf(2, use)).Should().Equal(0, 2, 4);
        uses.PlaceOf(image: 3, use: 0).Should().Be(3);
    }
}
