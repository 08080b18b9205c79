using System.Text;

namespace VisualChat.Pipeline.Shards;

/// <summary>The output folder's <c>README.md</c>: a Hugging Face dataset card.</summary>
internal static class DatasetCard
{
    /// <summary>The card's text.</summary>
    public static string Write(Manifest manifest)
    {
        var text = new StringBuilder();
        text.Append("---\nconfigs:\n- config_name: default\n  data_files:\n");
        foreach (string split in manifest.Shards.Select(shard => SplitOf(shard.Path)).Distinct())
            text.Append($"  - split: {split}\n    path: data/{split}-*.parquet\n");
        text.Append("---\n\n");
        text.Append($"# {OneLine(manifest.Name)}\n\n");
        text.Append("Conversations of several rounds over several images, blended, rendered and tokenised by `visualchat blend`. ");
        text.Append("`recipe.yaml` is the resolved recipe, `manifest.json` the account of every record read, `rejects.jsonl` the records left out.\n\n");
        text.Append($"Seed {manifest.Seed}; {manifest.ImageTokens} positions an image; base vocabulary of {manifest.BaseVocabularySize} pieces.\n\n");
        text.Append("| dataset | samples | turns | images | text tokens |\n| --- | ---: | ---: | ---: | ---: |\n");
        foreach (ManifestEntry entry in manifest.Datasets)
            text.Append($"| {OneLine(entry.Name)} | {entry.Counts.Samples} | {entry.Counts.Rounds} | {entry.Counts.Images} | {entry.Counts.TextTokens} |\n");
        text.Append("\n| source | records read | drawn | rejected | not drawn |\n| --- | ---: | ---: | ---: | ---: |\n");
        foreach (ManifestSource source in manifest.Sources)
        {
            RecordCounts records = source.Records;
            text.Append($"| {OneLine(source.Name)} | {records.Read} | {records.Drawn} | {records.Rejected.Values.Sum()} | {records.NotDrawn} |\n");
        }

        return text.ToString();
    }

    private static string SplitOf(string path) => Path.GetFileName(path).Split('-')[0];

    /// <summary>
    /// A name from a recipe as table text: it can neither break the row nor begin markup.
    /// </summary>
    private static string OneLine(string name) => name.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
