using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources;

/// <summary>The datasets known by name and the formats a user's own data may have. A new dataset is one definition and one line here.</summary>
public static class SourceRegistry
{
    private static readonly DatasetDefinition[] Definitions =
    [
        LlavaDatasets.Llava,
        LlavaDatasets.LlavaDial,
        OtterDatasets.Cgd,
        OtterDatasets.Sd,
        OtterDatasets.Sn,
        OtterDatasets.Tvc,
        OtterDatasets.Vst,
        SparklesDatasets.Dialogue,
        OtherDatasets.Aokvqa,
        OtherDatasets.CocoCaption,
        OtherDatasets.MiniGpt4,
        OtherDatasets.OcrVqa,
    ];

    private static readonly Dictionary<SourceFormat, RecordFormat> UserFormats = new()
    {
        [SourceFormat.Llava] = new LlavaFormat(),
        [SourceFormat.MimicIt] = new MimicItFormat(),
        [SourceFormat.Sparkles] = new SparklesFormat(),
        [SourceFormat.Conversations] = new ConversationsFormat(),
    };

    /// <summary>The names a recipe's entry may have without a format.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Definitions.Select(definition => definition.Name).TakeWhile(name => name != SparklesDatasets.Dialogue.Name),
        EntrySettings.LlavaOtterBlend,
        .. Definitions.Select(definition => definition.Name).SkipWhile(name => name != SparklesDatasets.Dialogue.Name),
    ];

    /// <summary>The datasets an entry is made of: itself, or those that the blend joins, the one with the pairs last.</summary>
    public static IReadOnlyList<string> ComponentsOf(EntrySettings entry) =>
        entry.IsLlavaOtterBlend
            ? [LlavaDatasets.Llava.Name, LlavaDatasets.LlavaDial.Name, OtterDatasets.Cgd.Name]
            : [entry.Name];

    /// <summary>The definition of a registry name; null if there is none.</summary>
    internal static DatasetDefinition? Find(string name) => Definitions.FirstOrDefault(definition => definition.Name == name);

    /// <summary>The format that a recipe's entry names.</summary>
    internal static RecordFormat FormatOf(SourceFormat format) => UserFormats[format];
}
