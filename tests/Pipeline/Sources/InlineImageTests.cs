using System.Text.Json;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Sources.Images;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>Images that stand in the records themselves, as data URIs or plain base64.</summary>
public sealed class InlineImageTests
{
    // A PNG's signature and more: what is read is bytes, no test here decodes them.
    private static readonly byte[] Image =
    [
        0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A,
        .. Enumerable.Range(0, 38).Select(value => (byte)(value * 7)), 0xFB, 0xFF, 0xBF,
    ];

    private static readonly string Base64 = Convert.ToBase64String(Image);

    public static TheoryData<string> Ways() =>
    [
        $"data:image/png;base64,{Base64}",
        $"DATA:IMAGE/PNG;BASE64,{Base64}",
        $"data:;base64,{Base64}",
        $"data:image/png;charset=utf-8;name=a.png;base64,{Base64}",
        $"data:application/octet-stream;base64,{Base64.TrimEnd('=')}",
        $"data:image/png;base64,{Base64.Replace('+', '-').Replace('/', '_')}",
        $"data:image/png;base64,{Base64.Replace("+", "%2B").Replace("=", "%3D")}",
        $"data:image/png;base64,{Base64.Insert(20, "\r\n").Insert(41, " ")}\n",
        Base64,
        Base64.TrimEnd('='),
        Base64.Replace('+', '-').Replace('/', '_').TrimEnd('='),
        Base64.Insert(40, "\n"),
    ];

    [Theory]
    [MemberData(nameof(Ways))]
    public void An_image_in_a_record_is_read_however_it_is_written(string written)
    {
        using DataRoot root = new DataRoot().WithPhotos();
        SourceCatalog catalog = root.LoadText("llava", LlavaRecords.Showing(written));
        catalog["mine"].Rejects.Should().BeEmpty();
        catalog.Images.PathOf(0).Should().Be("data.json[0]#0");
        catalog.Images.LengthOf(0).Should().BeInRange(Image.Length, Image.Length + 8);
        catalog.Images.Read(0).Should().Equal(Image);
        catalog["mine"].Reader.Read(0, 1)[0].Images.Should().Equal(0);
    }

    [Fact]
    public void Records_with_images_and_records_with_names_stand_in_one_file()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        string other = Convert.ToBase64String([.. Image, 1, 2]);
        SourceCatalog catalog = root.LoadText(
            "llava", LlavaRecords.Showing("a.jpg", Base64, $"data:image/png;base64,{other}", "none.jpg", Base64));
        Enumerable.Range(0, catalog.Images.Count).Select(catalog.Images.PathOf)
            .Should().Equal("photos/a.jpg", "data.json[1]#0", "data.json[2]#0");
        catalog["mine"].ImageIds.Should().Equal([0, 1, 2, 1], "equal images of a file are one image");
        catalog.Images.Read(2).Should().HaveCount(Image.Length + 2);
        catalog["mine"].Rejects.Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImageMissing);
    }

    [Fact]
    public void The_second_image_of_a_conversation_is_found_in_it()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg");
        string record = JsonSerializer.Serialize(new
        {
            messages = new object[]
            {
                new { role = "user", content = "<image><image>Which?" },
                new { role = "assistant", content = "The second." },
            },
            images = new[] { "a.jpg", $"data:image/png;base64,{Base64}" },
        });
        SourceCatalog catalog = root.LoadText("conversations", record + "\n");
        catalog.Images.PathOf(1).Should().Be("data.json[0]#1");
        catalog.Images.Read(1).Should().Equal(Image);
    }

    [Theory]
    [InlineData("data:image/svg+xml,%3Csvg%3E", "data:TYPE;base64,")]
    [InlineData("data:image/png;base64", "data:TYPE;base64,")]
    public void A_data_uri_that_is_not_base64_says_so(string written, string detail)
    {
        using DataRoot root = new DataRoot().WithPhotos();
        Reject reject = root.LoadText("llava", LlavaRecords.Showing(written))["mine"].Rejects
            .Should().ContainSingle().Which;
        reject.Reason.Should().Be(RejectReason.ImageDamaged);
        reject.Detail.Should().Contain("data.json[0]#0").And.Contain(detail);
    }

    [Fact]
    public void What_is_no_base64_after_its_comma_is_found_when_it_is_read()
    {
        using DataRoot root = new DataRoot().WithPhotos();
        SourceCatalog catalog = root.LoadText("llava", LlavaRecords.Showing("data:image/png;base64,{not base64}"));
        FluentActions.Invoking(() => catalog.Images.Read(0))
            .Should().Throw<RecordRejectedException>().Which.Detail.Should().Be("data.json[0]#0 is not base64");
    }

    [Fact]
    public void Neither_an_index_nor_a_reject_holds_the_image()
    {
        using DataRoot root = new DataRoot().WithPhotos();
        string large = Convert.ToBase64String([.. Image, .. new byte[300_000]]);
        SourceCatalog catalog = root.LoadText(
            "llava", LlavaRecords.Showing(large, $"data:image/png,{large}", new string('x', 300_000)));
        catalog["mine"].Rejects.Should().HaveCount(2).And.OnlyContain(reject => reject.Detail.Length < 300);
        new DirectoryInfo(root.Cache.Folder.Path!).EnumerateFiles().Sum(file => file.Length)
            .Should().BeLessThan(20_000);
    }

    [Fact]
    public void An_image_that_changed_since_it_was_indexed_is_rejected()
    {
        using DataRoot root = new DataRoot().WithPhotos();
        string text = LlavaRecords.Showing(Base64);
        SourceCatalog catalog = root.LoadText("llava", text);
        _ = root.Write("data.json", text.Replace(Base64[..30], Base64[..29] + "x"));
        FluentActions.Invoking(() => catalog.Images.Read(0))
            .Should().Throw<RecordRejectedException>().Which.Detail.Should().Contain("no longer where it was indexed");
    }

    [Theory]
    [InlineData("/9j/photos/of/a/long/folder/with/many/parts/and/a/dot.jpg")]
    [InlineData("iVBORw0KGgo.png")]
    [InlineData("Qk_a_name_of_more_than_forty_eight_letters_without_a_dot")]
    public void A_name_is_a_name(string written)
    {
        Span<byte> buffer = stackalloc byte[InlineImage.LongestKey];
        byte[] reference = System.Text.Encoding.UTF8.GetBytes(written);
        InlineImage.KeyOf(reference, buffer).SequenceEqual(reference).Should().BeTrue();
    }

    [Fact]
    public void Both_runs_find_the_images_that_the_first_one_indexed()
    {
        using DataRoot root = new DataRoot().WithPhotos();
        _ = root.LoadText("llava", LlavaRecords.Showing(Base64));
        SourceCatalog kept = root.Load(DataRoot.Entry("llava"), MissingImages.Reject);
        kept.Images.Read(0).Should().Equal(Image);
    }
}
