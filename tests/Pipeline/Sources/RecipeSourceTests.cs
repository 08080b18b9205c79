using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

public sealed class RecipeSourceTests
{
    private const string Llava =
        """[{"image": "a.jpg", "conversations": [{"from": "human", "value": "Q?"}, """
        + """{"from": "gpt", "value": "A."}]}]""";

    [Fact]
    public void The_blend_brings_in_the_sets_it_joins_once_and_in_order()
    {
        using DataRoot root = new();
        _ = root.Write("llava/detail_23k.json", Llava);
        _ = root.Write("llava/complex_reasoning_77k.json", Llava);
        _ = root.Write("llava/conversation_58k.json", Llava);
        _ = root.Write("MIMIC-IT/CGD_instructions.json", """{"data": {}}""");
        _ = root.Write("coco/train2017/a.jpg", "x");
        SourceCatalog catalog = root.Load([new() { Name = "llava_dial" }, new() { Name = "llava_otter_blend" }]);
        catalog.Datasets.Select(source => source.Name).Should().Equal("llava_dial", "llava", "otter_mimicit_cgd");
        catalog["llava"].RecordOrdinals.Should().Equal(0, 1);
        catalog["llava"].Reader.LabelOf(1).Should().Be("llava/complex_reasoning_77k.json[0]");
        catalog.Images.Count.Should().Be(1);
    }

    [Fact]
    public void What_is_missing_is_listed_whole_with_where_to_download_it()
    {
        using DataRoot root = new();
        _ = root.Write("MIMIC-IT/SD_instructions.json", "not even read");
        var data = new DataSettings { Sources = [new() { Name = "otter_mimicit_sd" }, new() { Name = "llava_dial" }] };
        SourceLoader.FindMissing(data, root.Path).Should().Equal(
            new MissingFile(
                "otter_mimicit_sd",
                Path.Join(root.Path, "MIMIC-IT/SD.json"),
                "https://huggingface.co/datasets/pufanyi/MIMICIT"),
            new MissingFile(
                "llava_dial",
                Path.Join(root.Path, "llava/conversation_58k.json"),
                "https://huggingface.co/datasets/liuhaotian/LLaVA-Instruct-150K"),
            new MissingFile("llava_dial", Path.Join(root.Path, "coco/train2017"), "https://cocodataset.org/#download"));
        FluentActions.Invoking(() => root.Load(data.Sources))
            .Should().Throw<InputException>().Which.Problems.Should().HaveCount(3);
    }

    [Fact]
    public void Every_entry_of_own_data_without_images_is_named()
    {
        using DataRoot root = new();
        EntrySettings[] entries =
        [
            new() { Name = "x", Format = SourceFormat.Llava, Annotations = ["x.json"] },
            new() { Name = "y", Format = SourceFormat.Conversations, Annotations = ["y.jsonl"] },
        ];
        FluentActions.Invoking(() => root.Load(entries)).Should().Throw<InputException>()
            .Which.Problems.Should().Equal(
                "x: data of your own needs 'annotations' and 'images'.",
                "y: data of your own needs 'annotations' and 'images'.");
    }

    [Fact]
    public void A_name_that_a_recipe_cannot_have_is_an_error() =>
        FluentActions.Invoking(() => SourceRegistry.Find("lava")).Should().Throw<ArgumentException>();

    [Fact]
    public void The_registry_knows_thirteen_names()
    {
        SourceRegistry.Names.Should().BeEquivalentTo(
            "llava", "llava_dial", "otter_mimicit_cgd", "otter_mimicit_sd", "otter_mimicit_sn",
            "otter_mimicit_tvc", "otter_mimicit_vst",
            "llava_otter_blend", "sparkles_dialogue", "aokvqa", "coco_caption", "minigpt4", "ocr_vqa");
    }
}
