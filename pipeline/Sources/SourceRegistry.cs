using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources.Datasets;
using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// The datasets that recipes know by name, and the formats that a user's own data may have. A new
/// dataset is one definition and one line here.
/// </summary>
internal static class SourceRegistry
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

    // The datasets that llava_otter_blend joins, the one with the pairs last.
    private static readonly string[] Joined =
    [
        LlavaDatasets.Llava.Name,
        LlavaDatasets.LlavaDial.Name,
        OtterDatasets.Cgd.Name,
    ];

    /// <summary>The names that a recipe's entry may have without a format.</summary>
    public static IReadOnlyList<string> Names { get; } = AllNames();

    /// <summary>
    /// The datasets that an entry is made of; of those that it joins, the one with the pairs is
    /// last.
    /// </summary>
    public static IReadOnlyList<string> ComponentsOf(EntrySettings entry) =>
        entry.IsLlavaOtterBlend ? Joined : [entry.Name];

    /// <summary>
    /// A dataset that recipes know by name. A recipe's own checks refuse other names.
    /// </summary>
    public static DatasetDefinition Find(string name) =>
        Array.Find(Definitions, definition => definition.Name == name)
        ?? throw new ArgumentException($"no dataset is named '{name}'", nameof(name));

    /// <summary>The format that a recipe's entry names.</summary>
    public static RecordFormat FormatOf(SourceFormat format) => UserFormats[format];

    // As the paper lists them: the entry that joins others stands after the sets that it joins.
    private static List<string> AllNames()
    {
        List<string> names = [.. Definitions.Select(definition => definition.Name)];
        names.Insert(names.IndexOf(SparklesDatasets.Dialogue.Name), EntrySettings.LlavaOtterBlend);
        return names;
    }
}
