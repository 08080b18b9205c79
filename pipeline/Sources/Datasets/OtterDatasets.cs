using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>
/// MIMIC-IT, the instructions Otter was trained on. CGD's images are COCO's own files; the others'
/// are in base64 files.
/// </summary>
internal static class OtterDatasets
{
    private const string From = "https://huggingface.co/datasets/pufanyi/MIMICIT";
    private const string CgdPrefix = "CGD_IMG_";

    public static DatasetDefinition Cgd { get; } = new(
        "otter_mimicit_cgd",
        new MimicItFormat(),
        [new("MIMIC-IT/CGD_instructions.json", From, Coco.Train2017, Coco.From)])
    {
        FileNameOf = CocoFileOf,
        OtherNamesOf = Coco.OtherNamesOf,
    };

    public static DatasetDefinition Sd { get; } = InBase64("sd");

    public static DatasetDefinition Sn { get; } = InBase64("sn");

    public static DatasetDefinition Tvc { get; } = InBase64("tvc");

    public static DatasetDefinition Vst { get; } = InBase64("vst");

    // CGD_IMG_000000391895 is COCO's 000000391895.jpg. A release writes some ids with 16 digits.
    private static string CocoFileOf(string key)
    {
        string id = key.StartsWith(CgdPrefix, StringComparison.Ordinal) ? key[CgdPrefix.Length..] : key;
        return Path.HasExtension(id) ? id : $"{id}.jpg";
    }

    private static DatasetDefinition InBase64(string set)
    {
        string file = set.ToUpperInvariant();
        return new(
            $"otter_mimicit_{set}",
            new MimicItFormat(),
            [new($"MIMIC-IT/{file}_instructions.json", From, $"MIMIC-IT/{file}.json", From)]);
    }
}
