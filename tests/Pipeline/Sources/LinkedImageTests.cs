using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>
/// Links among the images are the user's own: they work where they lead to a place that was named.
/// </summary>
public sealed class LinkedImageTests : IDisposable
{
    private readonly DataRoot _root = new DataRoot().WithPhotos("plain.jpg");
    private readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("visualchat-outside-");

    public void Dispose()
    {
        _root.Dispose();
        _outside.Delete(recursive: true);
    }

    [Fact]
    public void A_linked_image_and_a_linked_folder_may_lead_anywhere_in_the_data_root()
    {
        _ = _root.Write("blobs/0a1b", "four");
        _ = _root.Write("elsewhere/b.jpg", "five!");
        Link("photos/a.jpg", "../blobs/0a1b");
        Link("photos/coco", "../elsewhere");

        SourceCatalog catalog = Load(Write("a.jpg", "coco/b.jpg"));

        catalog["mine"].Rejects.Should().BeEmpty();
        catalog.Images.PathOf(0).Should().Be("photos/a.jpg");
        catalog.Images.LengthOf(0).Should().Be(4, "a link's own length is not the file's");
        catalog.Images.Read(0).Should().Equal("four"u8.ToArray());
        catalog.Images.Read(1).Should().Equal("five!"u8.ToArray());
    }

    [Fact]
    public void An_image_folder_in_the_hubs_cache_has_its_images_in_blobs()
    {
        string set = Path.Join(_outside.FullName, "datasets--a--b");
        _ = Directory.CreateDirectory(Path.Join(set, "blobs"));
        File.WriteAllText(Path.Join(set, "blobs/9f"), "blob");
        string snapshot = Directory.CreateDirectory(Path.Join(set, "snapshots/c0ffee/images")).FullName;
        _ = File.CreateSymbolicLink(Path.Join(snapshot, "a.jpg"), "../../../blobs/9f");
        _ = Write("a.jpg");

        SourceCatalog catalog = _root.Load(DataRoot.Entry("llava", images: snapshot));

        catalog["mine"].Rejects.Should().BeEmpty();
        catalog.Images.Read(0).Should().Equal("blob"u8.ToArray());
    }

    [Theory]
    [InlineData("a.jpg")]
    [InlineData("coco/b.jpg")]
    public void A_link_out_of_all_places_is_refused_by_its_target_until_the_place_is_named(string image)
    {
        string target = Path.Join(_outside.FullName, "b.jpg");
        File.WriteAllText(target, "six...");
        Link("photos/a.jpg", target);
        Link("photos/coco", _outside.FullName);
        _ = Write(image);

        Reject reject = _root.Load(DataRoot.Entry("llava"))["mine"].Rejects.Should().ContainSingle().Which;
        reject.Reason.Should().Be(RejectReason.ImagePathRefused);
        reject.Detail.Should().Contain(_outside.FullName).And.Contain("--allow-links-to");

        SourceCatalog allowed = _root.LoadWithLinksTo(_outside.FullName, DataRoot.Entry("llava"));
        allowed["mine"].Rejects.Should().BeEmpty();
        allowed.Images.Read(0).Should().Equal("six..."u8.ToArray());
    }

    [Fact]
    public void A_folder_whose_name_begins_like_a_named_one_is_not_that_place()
    {
        string near = _outside.FullName + "-too";
        _ = Directory.CreateDirectory(near);
        try
        {
            File.WriteAllText(Path.Join(near, "b.jpg"), "seven");
            Link("photos/a.jpg", Path.Join(near, "b.jpg"));
            _ = Write("a.jpg");
            _root.LoadWithLinksTo(_outside.FullName, DataRoot.Entry("llava"))["mine"].Rejects
                .Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImagePathRefused);
        }
        finally
        {
            Directory.Delete(near, recursive: true);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_image_or_folder_that_becomes_a_link_out_after_loading_is_refused_when_read(bool isFolder)
    {
        File.WriteAllText(Path.Join(_outside.FullName, "b.jpg"), "secret");
        _ = _root.Write("photos/sub/b.jpg", "fine");
        SourceCatalog catalog = Load(Write("sub/b.jpg"));
        if (isFolder)
        {
            Directory.Delete(Path.Join(_root.Path, "photos/sub"), recursive: true);
            Link("photos/sub", _outside.FullName);
        }
        else
        {
            File.Delete(Path.Join(_root.Path, "photos/sub/b.jpg"));
            Link("photos/sub/b.jpg", Path.Join(_outside.FullName, "b.jpg"));
        }

        FluentActions.Invoking(() => catalog.Images.Read(0))
            .Should().Throw<RecordRejectedException>().Which.Reason.Should().Be(RejectReason.ImagePathRefused);
    }

    [Theory]
    [InlineData("/dev/zero", RejectReason.ImagePathRefused)]
    [InlineData("nowhere.jpg", RejectReason.ImageMissing)]
    [InlineData("a.jpg", RejectReason.ImageMissing)]
    public void A_link_to_a_device_to_nothing_or_to_itself_is_a_reject(string target, RejectReason reason)
    {
        Link("photos/a.jpg", target);
        Load(Write("a.jpg"))["mine"].Rejects.Should().ContainSingle().Which.Reason.Should().Be(reason);
    }

    [Fact]
    public async Task The_data_root_may_itself_be_a_link()
    {
        string link = Path.Join(_outside.FullName, "root");
        _ = Directory.CreateSymbolicLink(link, _root.Path);
        _ = _root.Write("blobs/0a1b", "four");
        Link("photos/a.jpg", "../blobs/0a1b");
        _ = Write("a.jpg", Path.Join(link, "photos/plain.jpg"), Path.Join(_root.Path, "photos/plain.jpg"));
        var data = new Pipeline.Recipes.DataSettings { Sources = [DataRoot.Entry("llava")] };

        SourceCatalog catalog = await SourceLoader.LoadAsync(data, link, _root.Cache);

        catalog["mine"].Rejects.Should().BeEmpty();
        catalog.Images.Count.Should().Be(2);
        catalog.Images.PathOf(1).Should().Be("photos/plain.jpg");
    }

    private string Write(params string[] images) => _root.Write("data.json", LlavaRecords.Showing(images));

    private SourceCatalog Load(string annotations) =>
        _root.Load(DataRoot.Entry("llava", Path.GetFileName(annotations)));

    private void Link(string path, string target) =>
        File.CreateSymbolicLink(Path.Join(_root.Path, path), target);
}
