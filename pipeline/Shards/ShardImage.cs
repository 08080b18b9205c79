namespace VisualChat.Pipeline.Shards;

/// <summary>One image of a row: Hugging Face's <c>struct&lt;bytes, path&gt;</c>.</summary>
/// <param name="Bytes">The encoded image, prepared or as it was.</param>
/// <param name="Path">Where it came from, relative to the data root; inside a file, <c>FILE#id</c>.</param>
public sealed record ShardImage(byte[] Bytes, string Path);
