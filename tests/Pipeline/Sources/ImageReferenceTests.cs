using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>The ways in which a record may write where its image lies.</summary>
public sealed class ImageReferenceTests
{
    // ROOT stands for the data root.
    [Theory]
    [InlineData("./a.jpg")]
    [InlineData("sub/..jpg")]
    [InlineData("sub//b c%20.jpg")]
    [InlineData(@"sub\b c%20.jpg")]
    [InlineData(@".\sub\b c%20.jpg")]
    [InlineData("sub/../a.jpg")]
    [InlineData("ROOT/photos/a.jpg")]
    [InlineData("ROOT/photos/sub/../a.jpg")]
    [InlineData("ROOT//photos/./a.jpg")]
    [InlineData("file://ROOT/photos/a.jpg")]
    [InlineData("FILE://localhost/ROOT/photos/a.jpg")]
    [InlineData("file:ROOT/photos/a.jpg")]
    [InlineData("file://ROOT/photos/sub/b%20c%2520.jpg")]
    [InlineData("file://ROOT/photos/sub/b c%20.jpg")]
    [InlineData("ROOT/elsewhere/d.jpg")]
    public void It_is_found_however_it_is_written(string written)
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg", "sub/b c%20.jpg", "sub/..jpg");
        _ = root.Write("elsewhere/d.jpg", [1, 2, 3]);
        SourceCatalog catalog = root.LoadText("llava", LlavaRecords.Showing(written.Replace("ROOT", root.Path)));
        catalog["mine"].Rejects.Should().BeEmpty();
        catalog.Images.Read(0).Should().Equal(1, 2, 3);
    }

    [Fact]
    public void All_ways_to_write_one_image_are_one_image_under_its_relative_path()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        string[] ways = ["a.jpg", "./a.jpg", $"{root.Path}/photos/a.jpg", $"file://{root.Path}/photos/a.jpg"];
        SourceCatalog catalog = root.LoadText("llava", LlavaRecords.Showing(ways));
        catalog["mine"].RecordCount.Should().Be(4);
        catalog.Images.Count.Should().Be(1);
        catalog.Images.PathOf(0).Should().Be("photos/a.jpg");
    }

    [Theory]
    [InlineData(@"odd\name.jpg")]
    [InlineData("50%25.jpg")]
    [InlineData("~/odd.jpg")]
    [InlineData("10:30.jpg")]
    public void A_name_that_is_there_as_it_stands_is_taken_first(string written)
    {
        using DataRoot root = new DataRoot().WithPhotos(written, "odd/name.jpg", "50%.jpg");
        SourceCatalog catalog = root.LoadText("llava", LlavaRecords.Showing(written));
        catalog.Images.PathOf(0).Should().Be($"photos/{written}");
    }

    [Theory]
    [InlineData("https://example.org/a.jpg", "nothing is downloaded")]
    [InlineData("HTTP://example.org/a.jpg", "nothing is downloaded")]
    [InlineData("gs://bucket/a.jpg", "an address of the kind 'gs'")]
    [InlineData(@"C:\photos\a.jpg", "an absolute path of Windows")]
    [InlineData("file:///C:/photos/a.jpg", "an absolute path of Windows")]
    [InlineData("file://server/a.jpg", "a file of another machine, 'server'")]
    [InlineData("/home/somebody/a.jpg", "name the image relative to photos")]
    [InlineData("../a.jpg", "leads out of its folder")]
    [InlineData(@"sub\..\..\a.jpg", "leads out of its folder")]
    public void What_is_refused_says_what_it_is_and_what_to_do(string written, string detail)
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        Reject reject = root.LoadText("llava", LlavaRecords.Showing(written))["mine"].Rejects
            .Should().ContainSingle().Which;
        reject.Reason.Should().Be(RejectReason.ImagePathRefused);
        reject.Detail.Should().Contain(detail);
    }

    [Fact]
    public void A_tilde_in_a_recipes_data_paths_is_the_home_folder()
    {
        using DataRoot root = new();
        string home = Environment.GetFolderPath(
            Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        var data = new DataSettings
        {
            Sources = [DataRoot.Entry("llava", annotations: "~/no/such.json", images: "~/no-such-photos")],
        };
        SourceLoader.FindMissing(data, root.Path).Select(missing => missing.Path)
            .Should().Equal($"{home}/no/such.json", $"{home}/no-such-photos");
    }
}
