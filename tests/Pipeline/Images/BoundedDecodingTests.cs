using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Images.Decoding;

namespace VisualChat.Pipeline.Tests.Images;

/// <summary>Every decode ends, for the one who asked for it.</summary>
public sealed class BoundedDecodingTests
{
    private static readonly ImageHeader Header = new("png", 8, 8);

    [Fact]
    public void A_decode_that_does_not_end_is_refused_and_after_some_nothing_is_decoded()
    {
        var decoding = new BoundedDecoding();
        using var never = new ManualResetEventSlim();
        for (int lost = 0; lost < BoundedDecoding.MostLost; lost++)
        {
            FluentActions.Invoking(() => decoding.Run(Header, TimeSpan.FromMilliseconds(50), Wait))
                .Should().Throw<UnusableImageException>().Which.Problem.Should().Be(ImageProblem.Damaged);
        }

        FluentActions.Invoking(() => decoding.Run(Header, () => new RgbxImage(8, 8)))
            .Should().Throw<WorkException>().WithMessage("*Take them out, and start the program again.");
        never.Set();

        RgbxImage Wait()
        {
            never.Wait();
            return new RgbxImage(8, 8);
        }
    }

    [Fact]
    public void Whatever_a_decoder_throws_the_image_is_damaged_and_the_next_decodes()
    {
        var decoding = new BoundedDecoding();
        foreach (Exception thrown in (Exception[])[new FormatException("x\ny"), new NotSupportedException("z")])
        {
            FluentActions.Invoking(() => decoding.Run(Header, () => throw thrown))
                .Should().Throw<UnusableImageException>().Which.Detail.Should().StartWith("the png does not decode: ");
        }

        decoding.Run(Header, () => new RgbxImage(8, 8)).Width.Should().Be(8);
    }

    [Fact]
    public void An_unusable_image_stays_what_it_is()
    {
        var unusable = new UnusableImageException(ImageProblem.TooLarge, "too large");

        FluentActions.Invoking(() => new BoundedDecoding().Run(Header, () => throw unusable))
            .Should().Throw<UnusableImageException>().Which.Problem.Should().Be(ImageProblem.TooLarge);
    }
}
