using VisualChat.Model.Attention;
using VisualChat.Model.Tests.Language;

namespace VisualChat.Model.Tests.Attention;

public sealed class InterleavedLayoutTests
{
    [Fact]
    public void Rows_are_packed_by_kind_and_keep_their_positions()
    {
        InterleavedLayout layout = TestDecoder.Layout(["ttvvt", "tvt"]);
        layout.TextPositions.Should().Equal(0, 1, 4, 0, 2);
        layout.ImagePositions.Should().Equal(2, 3, 1);
        layout.RowOfPosition.Should().Equal(0, 1, 5, 6, 2, 3, 7, 4);
    }

    [Fact]
    public void A_segment_knows_how_many_rows_of_the_other_kind_stand_before_it()
    {
        SampleLayout sample = SampleLayout.Of(
        [
            Run.Text(2), Run.Image(3), Run.Image(3), Run.Text(0), Run.Image(3), Run.Text(4), Run.Image(3),
        ]);
        sample.TextSegments.Should().Equal(new Segment(2, 0), new Segment(4, 9));
        sample.ImageSegments.Should().Equal(new Segment(9, 2), new Segment(3, 6));
    }

    [Theory]
    [InlineData("mmca", AttentionMode.Mmca)]
    [InlineData("causal", AttentionMode.Causal)]
    [InlineData("mmca-deepspeed", AttentionMode.MmcaDeepSpeed)]
    [InlineData("cra-ca-mask", AttentionMode.CraCaMask)]
    [InlineData("causal-two-softmaxes", AttentionMode.CausalTwoSoftmaxes)]
    [InlineData("cra-ca", AttentionMode.CraCa)]
    public void A_mode_has_its_recipe_name(string name, AttentionMode mode) => mode.Name().Should().Be(name);
}
