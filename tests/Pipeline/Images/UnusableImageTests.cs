using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Images;

public sealed class UnusableImageTests
{
    [Theory]
    [InlineData(nameof(ImageProblem.Empty), RejectReason.ImageEmpty)]
    [InlineData(nameof(ImageProblem.NotAnImage), RejectReason.NotAnImage)]
    [InlineData(nameof(ImageProblem.TooLarge), RejectReason.ImageTooLarge)]
    [InlineData(nameof(ImageProblem.Damaged), RejectReason.ImageDamaged)]
    public void The_reject_of_a_record_that_shows_the_image_names_it(string problem, RejectReason reason)
    {
        var image = new UnusableImageException(Enum.Parse<ImageProblem>(problem), "the PNG ends inside a chunk");

        var record = new RecordRejectedException("photos/a.png", image);

        record.Reason.Should().Be(reason);
        image.Message.Should().Be($"{reason.ToName()}: the PNG ends inside a chunk");
        record.Message.Should().Be($"{reason.ToName()}: photos/a.png: the PNG ends inside a chunk");
    }
}
