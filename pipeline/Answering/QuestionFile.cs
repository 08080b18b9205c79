using System.Text.Json;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Answering;

/// <summary>
/// A file of questions in the form of the released system's evaluation:
/// <c>{"name": [["question", "image1.jpg image2.jpg"], ["follow-up question"]]}</c>.
/// The images may also be an array of paths.
/// </summary>
/// <param name="Conversations">In the file's order.</param>
/// <param name="Sha256">The SHA-256 of the file, in hexadecimal.</param>
internal sealed record QuestionFile(IReadOnlyList<AskedConversation> Conversations, string Sha256)
{
    private const string WrongRoot =
        """it must be an object of conversations: {"name": [["question", "image1.jpg image2.jpg"], """ +
        """["follow-up question"]]}.""";

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="InputException">
    /// The file is missing or has another form; every problem is listed.
    /// </exception>
    public static QuestionFile Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"There is no question file '{path}' (looked for {Path.GetFullPath(path)}).");
        byte[] bytes = File.ReadAllBytes(path);
        int start = bytes.AsSpan().StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        List<string> problems = [];
        List<AskedConversation> conversations;
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(start));
            conversations = ReadConversations(document.RootElement, problems);
        }
        catch (JsonException exception)
        {
            throw new InputException($"{path}: it is not JSON: {exception.Message}");
        }

        return problems.Count == 0
            ? new QuestionFile(conversations, Storage.Sha256.Of(bytes))
            : throw new InputException([.. problems.Select(problem => $"{path}: {problem}")]);
    }

    private static List<AskedConversation> ReadConversations(JsonElement root, List<string> problems)
    {
        List<AskedConversation> conversations = [];
        if (root.ValueKind != JsonValueKind.Object || root.GetPropertyCount() == 0)
        {
            problems.Add(WrongRoot);
            return conversations;
        }

        HashSet<string> names = [];
        foreach (JsonProperty conversation in root.EnumerateObject())
        {
            if (!names.Add(conversation.Name))
                problems.Add($"'{conversation.Name}' is there twice.");
            if (conversation.Value.ValueKind != JsonValueKind.Array || conversation.Value.GetArrayLength() == 0)
                problems.Add($"'{conversation.Name}' must be an array of rounds.");
            else
                conversations.Add(ReadConversation(conversation, problems));
        }

        return conversations;
    }

    private static AskedConversation ReadConversation(JsonProperty conversation, List<string> problems)
    {
        List<AskedRound> rounds = [];
        foreach (JsonElement element in conversation.Value.EnumerateArray())
        {
            if (ReadRound(element) is { } round)
            {
                rounds.Add(round);
                continue;
            }

            problems.Add(
                $"round {rounds.Count + 1} of '{conversation.Name}' must be " +
                """["question"], ["question", "paths"] or ["question", ["path", ...]].""");
        }

        return new AskedConversation(conversation.Name, rounds);
    }

    private static AskedRound? ReadRound(JsonElement element)
    {
        bool isRound = element.ValueKind == JsonValueKind.Array
            && element.GetArrayLength() is 1 or 2
            && element[0].ValueKind == JsonValueKind.String;
        if (!isRound)
            return null;
        string[]? images = element.GetArrayLength() == 1 ? [] : ReadPaths(element[1]);
        return images is null ? null : new AskedRound(element[0].GetString()!, images);
    }

    private static string[]? ReadPaths(JsonElement images)
    {
        switch (images.ValueKind)
        {
            case JsonValueKind.Null:
                return [];
            case JsonValueKind.String:
                return string.IsNullOrWhiteSpace(images.GetString()) ? [] : [images.GetString()!];
            case JsonValueKind.Array when images.EnumerateArray().All(path => path.ValueKind == JsonValueKind.String):
                return [.. images.EnumerateArray().Select(path => path.GetString()!)];
            default:
                return null;
        }
    }
}
