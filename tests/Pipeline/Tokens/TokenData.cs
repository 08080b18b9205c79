using System.IO.Compression;
using System.Text.Json;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Tokens;

/// <summary>
/// The models under test and what SentencePiece made with them (Data/tokens/make_golden.py).
/// </summary>
internal static class TokenData
{
    private static readonly Dictionary<string, SentencePieceTokenizer> Tokenizers = new()
    {
        ["llama2"] = SentencePieceTokenizer.Load(PathOf("llama2-tokenizer.model")),
        ["quickstart"] = SentencePieceTokenizer.Load(PathOf("quickstart-tokenizer.model")),
    };

    public static SentencePieceTokenizer Llama2 => Tokenizers["llama2"];

    public static SentencePieceTokenizer Tokenizer(string name) => Tokenizers[name];

    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Data", "tokens", file);

    public static int[] Ids(SentencePieceTokenizer tokenizer, ReadOnlySpan<char> text)
    {
        var ids = new List<int>();
        tokenizer.Encode(text, ids);
        return [.. ids];
    }

    public static IEnumerable<(string Text, int[] Ids)> Encoded(string name) =>
        Lines($"{name}-encode.jsonl.gz").Select(row => (row[0].GetString()!, row[1].Deserialize<int[]>()!));

    public static IEnumerable<(int[] Ids, string Text)> Decoded(string name) =>
        Lines($"{name}-decode.jsonl.gz").Select(row => (row[0].Deserialize<int[]>()!, row[1].GetString()!));

    private static IEnumerable<JsonElement> Lines(string file)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(PathOf(file)), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
            yield return JsonSerializer.Deserialize<JsonElement>(line);
    }
}
