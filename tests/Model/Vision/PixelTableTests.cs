using TorchSharp;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Vision;

public sealed class PixelTableTests
{
    // Two images of 16 x 16 pixels: in the first, each channel has every level in order, in the
    // second backwards.
    private const int Images = 2, Side = 16, Pixels = Side * Side;

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Every_level_of_every_channel_has_the_bits_of_the_hosts_normalisation(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        byte[] levels = [.. Enumerable.Range(0, Pixels).Select(level => (byte)level)];
        byte[] rgb = [.. levels.Concat(levels.Reverse()).SelectMany(level => Enumerable.Repeat(level, 3))];
        float[] planes = new float[rgb.Length];
        for (int image = 0; image < Images; image++)
        {
            Range values = (image * 3 * Pixels)..((image + 1) * 3 * Pixels);
            ClipNormalization.Normalize(rgb.AsSpan(values), planes.AsSpan(values));
        }

        using var table = new PixelTable(CPU, type);
        Tensor normalized = table.Normalize(tensor(rgb, [Images, Side, Side, 3]));

        normalized.shape.Should().Equal(Images, 3, Side, Side);
        normalized.is_contiguous().Should().BeTrue();
        normalized.bytes.ToArray().Should().Equal(
            tensor(planes, [Images, 3, Side, Side]).to(type).bytes.ToArray());
        new HashSet<float>(planes).Should().HaveCount(3 * Pixels);
    }
}
