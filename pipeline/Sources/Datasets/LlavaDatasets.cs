using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>LLaVA-Instruct-150K over COCO photographs: single rounds, and conversations.</summary>
internal static class LlavaDatasets
{
    private const string From = "https://huggingface.co/datasets/liuhaotian/LLaVA-Instruct-150K";

    public static DatasetDefinition Llava { get; } = new(
        "llava",
        new LlavaFormat(),
        [File("detail_23k.json"), File("complex_reasoning_77k.json")])
    {
        OtherNamesOf = Coco.OtherNamesOf,
    };

    public static DatasetDefinition LlavaDial { get; } = new(
        "llava_dial",
        new LlavaFormat(),
        [File("conversation_58k.json")])
    {
        OtherNamesOf = Coco.OtherNamesOf,
    };

    private static DatasetFile File(string name) => new($"llava/{name}", From, Coco.Train2017, Coco.From);
}
