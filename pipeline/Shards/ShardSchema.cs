using Parquet.Schema;

namespace VisualChat.Pipeline.Shards;

/// <summary>
/// A shard's columns. Every column, list element, struct and leaf is OPTIONAL, as pyarrow writes
/// them: Hugging Face's image feature degrades to a plain struct otherwise. Lists are three-level,
/// named <c>list</c> and <c>element</c>. Nothing is null in what this program writes, so a value's
/// definition level is always its field's maximum and an empty list's is 1.
/// </summary>
internal sealed class ShardSchema
{
    /// <summary>Definition level of a list that is present and empty.</summary>
    public const int EmptyListLevel = 1;

    /// <summary>Key of the file's metadata that Hugging Face <c>datasets</c> reads.</summary>
    public const string FeaturesKey = "huggingface";

    /// <summary>
    /// The features in the form that <c>datasets</c> 2 and later read: a list is a JSON array of
    /// its one feature.
    /// </summary>
    public const string Features =
        $$"""{"info":{"features":{"id":{{TextFeature}}"""
        + $$""","dataset":{{TextFeature}}"""
        + $$""","sources":[{{TextFeature}}]"""
        + ""","images":[{"_type":"Image"}]"""
        + $$""","turns":[{{RoundFeature}}]"""
        + $$""","text":{{TextFeature}}"""
        + $$""","input_ids":[{{NumberFeature}}]"""
        + $$""","labels":[{{NumberFeature}}]"""
        + $$""","text_tokens":{{NumberFeature}}"""
        + $$""","sequence_tokens":{{NumberFeature}}"""
        + $$""","image_count":{{NumberFeature}}"""
        + "}}}";

    private const string TextFeature = """{"dtype":"string","_type":"Value"}""";

    private const string NumberFeature = """{"dtype":"int32","_type":"Value"}""";

    private const string RoundFeature =
        $$"""{"question":{{TextFeature}}"""
        + $$""","answer":{{TextFeature}}"""
        + $$""","images":{{NumberFeature}}"""
        + $$""","source":{{TextFeature}}"""
        + $$""","record":{{TextFeature}}"""
        + "}";

    /// <summary>Makes a new schema each time, since a field belongs to one writer.</summary>
    public ShardSchema() => Parquet = new ParquetSchema(
        Id,
        Dataset,
        List("sources", Source),
        List("images", new StructField(ListField.ElementName, ImageBytes, ImagePath)),
        List("turns", new StructField(ListField.ElementName, Question, Answer, RoundImages, RoundSource, RoundRecord)),
        Text,
        List("input_ids", InputId),
        List("labels", Label),
        TextTokens,
        SequenceTokens,
        ImageCount);

    public ParquetSchema Parquet { get; }

    public DataField Id { get; } = Leaf<string>("id");

    public DataField Dataset { get; } = Leaf<string>("dataset");

    public DataField Source { get; } = Leaf<string>(ListField.ElementName);

    public DataField ImageBytes { get; } = Leaf<byte[]>("bytes");

    public DataField ImagePath { get; } = Leaf<string>("path");

    public DataField Question { get; } = Leaf<string>("question");

    public DataField Answer { get; } = Leaf<string>("answer");

    public DataField RoundImages { get; } = Leaf<int>("images");

    public DataField RoundSource { get; } = Leaf<string>("source");

    public DataField RoundRecord { get; } = Leaf<string>("record");

    public DataField Text { get; } = Leaf<string>("text");

    public DataField InputId { get; } = Leaf<int>(ListField.ElementName);

    public DataField Label { get; } = Leaf<int>(ListField.ElementName);

    public DataField TextTokens { get; } = Leaf<int>("text_tokens");

    public DataField SequenceTokens { get; } = Leaf<int>("sequence_tokens");

    public DataField ImageCount { get; } = Leaf<int>("image_count");

    private static ListField List(string name, Field element) => new(name, element);

    private static DataField Leaf<T>(string name) => new(name, typeof(T), isNullable: true);
}
