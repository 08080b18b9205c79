namespace VisualChat.Pipeline.Recipes;

/// <summary>The datasets a recipe can name without saying their format.</summary>
public static class SourceNames
{
    /// <summary>The entry that joins other datasets' conversations and has no files of its own.</summary>
    public const string LlavaOtterBlend = "llava_otter_blend";

    /// <summary>The nine of the paper's mix, and the four more that the released system reads.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "llava", "llava_dial", "otter_mimicit_cgd", "otter_mimicit_sd", "otter_mimicit_sn", "otter_mimicit_tvc", "otter_mimicit_vst",
        LlavaOtterBlend, "sparkles_dialogue", "aokvqa", "coco_caption", "minigpt4", "ocr_vqa",
    ];
}
