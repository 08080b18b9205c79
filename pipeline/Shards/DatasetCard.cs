using System.Text;

namespace VisualChat.Pipeline.Shards;

/// <summary>The output folder's <c>README.md</c>: a Hugging Face dataset card.</summary>
internal static class DatasetCard
{
    public static string Write(Manifest manifest)
    {
        var text = new StringBuilder();
        WriteSplits(text, manifest);
        WriteIntroduction(text, manifest);
        WriteEntries(text, manifest);
        WriteDatasets(text, manifest);
        return text.ToString();
    }

    /// <summary>The front matter that Hugging Face finds the files by.</summary>
    private static void WriteSplits(StringBuilder text, Manifest manifest)
    {
        text.Append("---\nconfigs:\n- config_name: default\n  data_files:\n");
        foreach (string split in manifest.Shards.Select(shard => SplitOf(shard.Path)).Distinct())
            text.Append($"  - split: {split}\n    path: data/{split}-*.parquet\n");
        text.Append("---\n\n");
    }

    private static void WriteIntroduction(StringBuilder text, Manifest manifest)
    {
        text.Append($"# {OneLine(manifest.Name)}\n\n");
        text.Append("Conversations of several rounds over several images, ");
        text.Append("blended, rendered and tokenised by `visualchat blend`. ");
        text.Append("`recipe.yaml` is the resolved recipe, ");
        text.Append("`manifest.json` the account of every record read, ");
        text.Append("`rejects.jsonl` the records left out.\n\n");
        text.Append($"Seed {manifest.Seed}; ");
        text.Append($"{manifest.ImageTokens} positions an image; ");
        text.Append($"base vocabulary of {manifest.BaseVocabularySize} pieces.\n\n");
    }

    private static void WriteEntries(StringBuilder text, Manifest manifest)
    {
        text.Append("| dataset | samples | turns | images | text tokens |\n");
        text.Append("| --- | ---: | ---: | ---: | ---: |\n");
        foreach (ManifestEntry entry in manifest.Datasets)
        {
            SampleCounts counts = entry.Counts;
            text.Append($"| {OneLine(entry.Name)} | {counts.Samples} | {counts.Rounds} ");
            text.Append($"| {counts.Images} | {counts.TextTokens} |\n");
        }
    }

    private static void WriteDatasets(StringBuilder text, Manifest manifest)
    {
        text.Append("\n| source | records read | drawn | rejected | not drawn |\n");
        text.Append("| --- | ---: | ---: | ---: | ---: |\n");
        foreach (ManifestSource source in manifest.Sources)
        {
            RecordCounts records = source.Records;
            int rejected = records.Rejected.Values.Sum();
            text.Append($"| {OneLine(source.Name)} | {records.Read} | {records.Drawn} ");
            text.Append($"| {rejected} | {records.NotDrawn} |\n");
        }
    }

    private static string SplitOf(string path) => Path.GetFileName(path).Split('-')[0];

    /// <summary>
    /// A name from a recipe as table text: it can neither break the row nor begin markup.
    /// </summary>
    private static string OneLine(string name) => name
        .ReplaceLineEndings(" ")
        .Replace("|", "\\|", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal);
}
