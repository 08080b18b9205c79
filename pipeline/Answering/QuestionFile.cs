using System.Security.Cryptography;
using System.Text.Json;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Answering;

/// <summary>
/// A file of questions, as the released system's evaluation has them: <c>{"name": [["question", "image1.jpg image2.jpg"], ["follow-up question"]]}</c>. The images may be an array of paths, too.
/// </summary>
/// <param name="Conversations">Its conversations, in order.</param>
/// <param name="Sha256">Of the file, in hexadecimal.</param>
public sealed record QuestionFile(IReadOnlyList<AskedConversation> Conversations, string Sha256)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">There is no such file, or it is of another form: every problem is listed.</exception>
    public static QuestionFile Read(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"There is no question file '{path}' (looked for {Path.GetFullPath(path)}).");
        byte[] bytes = File.ReadAllBytes(path);
        try
        {
            // A byte order mark is no JSON.
            using JsonDocument document = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? 3 : 0));
            List<string> problems = [];
            IReadOnlyList<AskedConversation> conversations = Read(document.RootElement, problems);
            return problems.Count == 0
                ? new QuestionFile(conversations, Convert.ToHexStringLower(SHA256.HashData(bytes)))
                : throw new InputException([.. problems.Select(problem => $"{path}: {problem}")]);
        }
        catch (JsonException exception)
        {
            throw new InputException($"{path}: it is no JSON: {exception.Message}");
        }
    }

    private static List<AskedConversation> Read(JsonElement root, List<string> problems)
    {
        List<AskedConversation> conversations = [];
        if (root.ValueKind != JsonValueKind.Object || root.GetPropertyCount() == 0)
        {
            problems.Add("""it must be an object of conversations: {"name": [["question", "image1.jpg image2.jpg"], ["follow-up question"]]}.""");
            return conversations;
        }

        HashSet<string> names = [];
        foreach (JsonProperty conversation in root.EnumerateObject())
        {
            if (!names.Add(conversation.Name))
                problems.Add($"'{conversation.Name}' is there twice.");
            if (conversation.Value.ValueKind != JsonValueKind.Array || conversation.Value.GetArrayLength() == 0)
            {
                problems.Add($"'{conversation.Name}' must be an array of rounds.");
                continue;
            }

            List<AskedRound> rounds = [];
            foreach (JsonElement element in conversation.Value.EnumerateArray())
                if (ReadRound(element) is { } round)
                    rounds.Add(round);
                else
                    problems.Add($"round {rounds.Count + 1} of '{conversation.Name}' must be [\"question\"], [\"question\", \"paths\"] or [\"question\", [\"path\", ...]].");
            conversations.Add(new AskedConversation(conversation.Name, rounds));
        }

        return conversations;
    }

    private static AskedRound? ReadRound(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() is not (1 or 2) || element[0].ValueKind != JsonValueKind.String)
            return null;
        string question = element[0].GetString()!;
        JsonElement images = element.GetArrayLength() == 1 ? default : element[1];
        return images.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => new AskedRound(question, []),
            JsonValueKind.String => new AskedRound(question, string.IsNullOrWhiteSpace(images.GetString()) ? [] : [images.GetString()!]),
            JsonValueKind.Array when images.EnumerateArray().All(path => path.ValueKind == JsonValueKind.String) => new AskedRound(question, [.. images.EnumerateArray().Select(path => path.GetString()!)]),
            _ => null,
        };
    }
}
