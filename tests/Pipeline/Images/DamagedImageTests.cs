using CsCheck;
using VisualChat.Pipeline.Images;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>
/// Damage ends in a crop, as Pillow's decoder gives it, or in a reject, never in anything else.
/// </summary>
public sealed class DamagedImageTests
{
    // Every format, and every decoder of one.
    private static readonly byte[][] Sources =
    [
        .. ImageData.Names().Select(ImageData.Source).Where(IsSmall),
        .. ImageData.Kinds(),
    ];

    [Fact]
    public void A_flipped_bit_gives_a_crop_or_a_reject()
    {
        var crop = new ClipCrop(24);
        Gen.Select(Gen.Int[0, Sources.Length - 1], Gen.Int[0, int.MaxValue], Gen.Int[1, 4]).Sample(
            (index, seed, flips) =>
            {
                byte[] damaged = [.. Sources[index]];
                var random = new Random(seed);
                for (int flip = 0; flip < flips; flip++)
                    damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                return IsCropOrReject(crop, damaged);
            },
            iter: 6000);
    }

    [Fact]
    public void A_file_cut_anywhere_gives_a_crop_or_a_reject()
    {
        var crop = new ClipCrop(24);
        Gen.Select(Gen.Int[0, Sources.Length - 1], Gen.Double.Unit).Sample(
            (index, part) => IsCropOrReject(crop, Sources[index][..(int)(part * Sources[index].Length)]),
            iter: 4000);
    }

    [Theory]
    [InlineData("portrait.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("gray.jpg")]
    public void A_JPEG_cut_off_in_its_data_is_damaged(string name)
    {
        byte[] whole = ImageData.Source(name);
        ProblemOf(whole[..(whole.Length / 2)]).Should().Be(ImageProblem.Damaged);
    }

    [Fact]
    public void A_JPEG_too_short_for_its_size_is_damaged()
    {
        byte[] jpeg = ImageData.Source("tiny.jpg");
        int frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 5), 13_000);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 7), 13_000);
        ProblemOf(jpeg).Should().Be(ImageProblem.Damaged);
    }

    [Fact]
    public void A_JPEG_named_otherwise_is_still_a_JPEG()
    {
        // Nothing here takes a name: the first bytes decide, whatever follows the end.
        byte[] jpeg = ImageData.Source("portrait.jpg");
        new ClipCrop(56).Crop([.. jpeg, .. "trailing bytes"u8]).Should().Equal(new ClipCrop(56).Crop(jpeg));
    }

    private static bool IsSmall(byte[] source) =>
        source.Length < 20_000 && ImageProbe.Check(source) is { Width: < 300, Height: < 300 };

    private static ImageProblem ProblemOf(byte[] encoded) =>
        FluentActions.Invoking(() => new ClipCrop(56).Crop(encoded))
            .Should().Throw<UnusableImageException>().Which.Problem;

    private static bool IsCropOrReject(ClipCrop crop, byte[] encoded)
    {
        try
        {
            return crop.Crop(encoded).Length == 24 * 24 * 3;
        }
        catch (UnusableImageException)
        {
            return true;
        }
    }
}
