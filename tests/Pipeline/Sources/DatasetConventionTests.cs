using System.Text.Json;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>One image has several names in the releases of one dataset.</summary>
public sealed class DatasetConventionTests
{
    private static readonly byte[] Bytes = [1, 2, 3];

    [Theory]
    [InlineData("CGD_IMG_0000000000069568", "000000069568.jpg")]
    [InlineData("CGD_IMG_000000069568", "000000069568.jpg")]
    [InlineData("CGD_IMG_69568", "000000069568.jpg")]
    [InlineData("CGD_IMG_000000069568.jpg", "000000069568.jpg")]
    [InlineData("CGD_IMG_0000000000069568", "COCO_train2014_000000069568.jpg")]
    [InlineData("CGD_IMG_000000069568", "val2014/COCO_val2014_000000069568.jpg")]
    public void A_pair_of_cgd_names_coco_images_by_their_number(string id, string file)
    {
        using DataRoot root = new();
        _ = root.Write($"coco/train2017/{file}", Bytes);
        _ = root.Write("MIMIC-IT/CGD_instructions.json", JsonSerializer.Serialize(new
        {
            data = new Dictionary<string, object>
            {
                ["CGD_INS_1"] = new { instruction = "Q?", answer = "A.", image_ids = new[] { id } },
            },
        }));
        SourceCatalog catalog = root.Load(new EntrySettings { Name = "otter_mimicit_cgd" });
        catalog["otter_mimicit_cgd"].Rejects.Should().BeEmpty();
        catalog.Images.PathOf(0).Should().Be($"coco/train2017/{file}");
    }

    [Fact]
    public void An_id_with_too_many_digits_is_no_image_of_coco()
    {
        using DataRoot root = new();
        _ = root.Write("coco/train2017/000000069568.jpg", Bytes);
        _ = root.Write("MIMIC-IT/CGD_instructions.json", """
            {"data": {"A": {"instruction": "Q?", "answer": "A.", "image_ids": ["CGD_IMG_9000000000069568"]}}}
            """);
        SourceCatalog catalog = root.Load(new EntrySettings { Name = "otter_mimicit_cgd" });
        catalog["otter_mimicit_cgd"].Rejects.Should().ContainSingle()
            .Which.Reason.Should().Be(RejectReason.ImageMissing);
    }

    [Theory]
    [InlineData("000000033471.jpg", "COCO_train2014_000000033471.jpg")]
    [InlineData("COCO_train2014_000000033471.jpg", "000000033471.jpg")]
    [InlineData("COCO_train2017_000000033471.jpg", "000000033471.jpg")]
    [InlineData("33471.jpg", "000000033471.jpg")]
    public void Llava_finds_its_images_in_either_release_of_coco(string written, string file)
    {
        using DataRoot root = new();
        _ = root.Write($"coco/train2017/{file}", Bytes);
        _ = root.Write("llava/conversation_58k.json", LlavaRecords.Showing(written));
        SourceCatalog catalog = root.Load(new EntrySettings { Name = "llava_dial" });
        catalog["llava_dial"].Rejects.Should().BeEmpty();
        catalog.Images.PathOf(0).Should().Be($"coco/train2017/{file}");
    }

    [Theory]
    [InlineData("https://example.org/a.gif", "0001.jpg")]
    [InlineData("https://example.org/a.jpg", "0001.gif")]
    [InlineData("https://example.org/a.jpg", "0001.png")]
    [InlineData("https://example.org/a", "0001.jpg")]
    public void A_cover_of_ocr_vqa_is_found_whatever_its_extension(string address, string file)
    {
        using DataRoot root = new();
        _ = root.Write($"OCR_VQA/images/{file}", Bytes);
        _ = root.Write("OCR_VQA/dataset.json", JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["0001"] = new { imageURL = address, questions = new[] { "Q?" }, answers = new[] { "A." } },
        }));
        SourceCatalog catalog = root.Load(new EntrySettings { Name = "ocr_vqa" });
        catalog["ocr_vqa"].Rejects.Should().BeEmpty();
        catalog.Images.PathOf(0).Should().Be($"OCR_VQA/images/{file}");
    }

    [Theory]
    [InlineData("vg/VG_100K/2310.jpg", "vg/VG_100K_2/2310.jpg")]
    [InlineData("vg/VG_100K_2/2310.jpg", "vg/VG_100K/2310.jpg")]
    [InlineData("ocr_vqa/images/0001.jpg", "ocr_vqa/images/0001.gif")]
    [InlineData("coco/train2017/000000033471.jpg", "coco/train2017/COCO_train2014_000000033471.jpg")]
    public void Collections_in_a_users_own_data_keep_their_conventions(string written, string file)
    {
        using DataRoot root = new DataRoot().WithPhotos(file);
        SourceCatalog catalog = root.LoadText("llava", LlavaRecords.Showing(written));
        catalog["mine"].Rejects.Should().BeEmpty();
        catalog.Images.PathOf(0).Should().Be($"photos/{file}");
    }

    [Theory]
    [InlineData("a.jpg", "a.png")]
    [InlineData("0033.jpg", "33.jpg")]
    public void An_image_of_no_known_collection_has_one_name(string written, string file)
    {
        using DataRoot root = new DataRoot().WithPhotos(file);
        root.LoadText("llava", LlavaRecords.Showing(written))["mine"].Rejects
            .Should().ContainSingle().Which.Reason.Should().Be(RejectReason.ImageMissing);
    }
}
