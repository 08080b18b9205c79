using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Sources.Images;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>
/// Names that a disk spells otherwise than a record. Escapes show which spelling is which: é is one
/// character or two.
/// </summary>
public sealed class ImageSpellingTests
{
    [Theory]
    [InlineData("caf\u00e9.jpg", "cafe\u0301.jpg")]
    [InlineData("cafe\u0301.jpg", "caf\u00e9.jpg")]
    [InlineData("e\u0301te\u0301/a.jpg", "\u00e9t\u00e9/a.jpg")]
    [InlineData("\u1ec7.jpg", "e\u0302\u0323.jpg")]
    [InlineData("\ud55c\uae00.jpg", "\u1112\u1161\u11ab\u1100\u1173\u11af.jpg")]
    [InlineData("a.jpg", "a.JPG")]
    [InlineData("a.JPEG", "a.jpeg")]
    [InlineData("caf\u00e9.PNG", "cafe\u0301.png")]
    public void A_name_in_another_spelling_is_found(string written, string onDisk)
    {
        using DataRoot root = new DataRoot().WithPhotos(onDisk);
        SourceCatalog catalog = root.LoadText("llava", LlavaRecords.Showing(written));
        catalog["mine"].Rejects.Should().BeEmpty();
        catalog.Images.PathOf(0).Should().Be($"photos/{onDisk}");
        catalog.Images.Read(0).Should().Equal(1, 2, 3);
    }

    [Theory]
    [InlineData("a.Jpg", "a.jpg", "a.JPG")]
    [InlineData("A.jpg", "a.jpg", "b.jpg")]
    [InlineData("cafe.jpg", "caf\u00e9.jpg", "b.jpg")]
    public void A_name_that_could_be_several_files_or_is_another_name_is_missing(
        string written, string first, string second)
    {
        using DataRoot root = new DataRoot().WithPhotos(first, second);
        root.LoadText("llava", LlavaRecords.Showing(written))["mine"].Rejects
            .Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImageMissing);
    }

    [Fact]
    public void The_spelling_of_the_record_comes_first()
    {
        using DataRoot root = new DataRoot().WithPhotos("caf\u00e9.jpg", "cafe\u0301.jpg");
        SourceCatalog catalog = root.LoadText("llava", LlavaRecords.Showing("cafe\u0301.jpg", "caf\u00e9.jpg"));
        catalog.Images.PathOf(0).Should().Be("photos/cafe\u0301.jpg");
        catalog.Images.PathOf(1).Should().Be("photos/caf\u00e9.jpg");
    }

    // From Unicode's own NormalizationTest.txt, columns NFC and NFD.
    [Theory]
    [InlineData("\u1e0c\u0307", "D\u0323\u0307")]
    [InlineData("\u1e14\u0304", "E\u0304\u0300\u0304")]
    [InlineData("\uac00\u11a8", "\u1100\u1161\u11a8")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("a\u0315\u0300\u05ae\u0300b", "a\u05ae\u0300\u0300\u0315b")]
    [InlineData("plain.jpg", "plain.jpg")]
    public void Decomposition_is_unicodes(string text, string decomposed) =>
        CanonicalText.Decompose(text).Should().Be(decomposed);
}
