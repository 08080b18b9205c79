using System.Runtime.Intrinsics.X86;
using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>Every instruction set gives the same bytes.</summary>
public sealed class ResamplerTests
{
    [Theory]
    [InlineData(640, 299, 37)]
    [InlineData(17, 224, 0)]
    [InlineData(3000, 224, 0)]
    [InlineData(224, 224, 0)]
    public unsafe void Rows_are_resized_alike_with_and_without_wide_vectors(int input, int output, int first)
    {
        var taps = new ResampleTaps(input, output, first, 224);
        byte[] row = new byte[4 * (input + taps.Stride + 8)];
        new Random(1).NextBytes(row);
        byte[] wide = new byte[4 * 224];
        byte[] pairs = new byte[4 * 224];
        byte[] single = new byte[4 * 224];
        fixed (byte* pixels = row, wideOutput = wide, pairsOutput = pairs, singleOutput = single)
        {
            Resampler.Across(pixels + (4 * taps.First), taps, wideOutput);
            Resampler.AcrossSingles(pixels + (4 * taps.First), taps, singleOutput);
            if (Avx2.IsSupported)
                Resampler.AcrossPairs(pixels + (4 * taps.First), taps, pairsOutput);
            else
                single.CopyTo(pairs, 0);
        }

        pairs.Should().Equal(single);
        wide.Should().Equal(single);
        wide.Distinct().Count().Should().BeGreaterThan(50);
    }
}
