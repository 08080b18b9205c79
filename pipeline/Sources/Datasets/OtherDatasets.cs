using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>
/// Four more sets that the released system reads: visual questions, and captions.
/// </summary>
internal static class OtherDatasets
{
    private const string AokvqaFrom = "https://allenai.org/project/a-okvqa/home";
    private const string CocoCaptionFrom = "https://cs.stanford.edu/people/karpathy/deepimagesent/coco.zip";
    private const string MiniGpt4From = "https://huggingface.co/datasets/Vision-CAIR/cc_sbu_align";
    private const string OcrVqaFrom = "https://ocr-vqa.github.io/";

    public static DatasetDefinition Aokvqa { get; } = new(
        "aokvqa",
        new AokvqaFormat(),
        [new("aokvqa/annotations/aokvqa_v1p0_train.json", AokvqaFrom, Coco.Train2017, Coco.From)])
    {
        OtherNamesOf = Coco.OtherNamesOf,
    };

    public static DatasetDefinition CocoCaption { get; } = new(
        "coco_caption",
        new CocoCaptionFormat(),
        [new("coco_caption/dataset.json", CocoCaptionFrom, Coco.Images2014, Coco.From)])
    {
        OtherNamesOf = Coco.OtherNamesOf,
    };

    public static DatasetDefinition MiniGpt4 { get; } = new(
        "minigpt4",
        new MiniGpt4Format(),
        [new("cc_sbu_align/filter_cap.json", MiniGpt4From, "cc_sbu_align/image", MiniGpt4From)]);

    public static DatasetDefinition OcrVqa { get; } = new(
        "ocr_vqa",
        new OcrVqaFormat(),
        [new("OCR_VQA/dataset.json", OcrVqaFrom, "OCR_VQA/images", OcrVqaFrom)])
    {
        OtherNamesOf = CollectionNames.WithOtherExtensions,
    };
}
