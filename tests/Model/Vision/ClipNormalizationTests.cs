using VisualChat.Model.Vision;

namespace VisualChat.Model.Tests.Vision;

public sealed class ClipNormalizationTests
{
    // Expected: numpy, float32, ((level * (1 / 255)).astype(float32) - mean) / std, as
    // transformers' rescale and normalize do.
    [Fact]
    public void Bytes_become_planes_of_normalised_channels()
    {
        byte[] rgb = [0, 0, 0, 255, 255, 255, 128, 64, 32, 1, 2, 3];
        float[] planes = new float[12];

        ClipNormalization.Normalize(rgb, planes);

        planes[..4].Should().Equal(-1.7922626f, 1.9303361f, 0.076336145f, -1.7776641f);
        planes[4..8].Should().Equal(-1.7520971f, 2.0748837f, -0.79159987f, -1.7220815f);
        planes[8..].Should().Equal(-1.4802198f, 2.145897f, -1.0251776f, -1.4375596f);
    }

    [Theory]
    [InlineData(12, 9)]
    [InlineData(4, 4)]
    public void Lengths_that_do_not_fit_are_refused(int bytes, int values)
    {
        Action act = () => ClipNormalization.Normalize(new byte[bytes], new float[values]);
        act.Should().Throw<ArgumentException>();
    }
}
