using System.Text;
using System.Text.Json;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Terminal.Chat;

/// <summary>A conversation as a document: JSON for programs, Markdown for people.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Checkpoint">Where it was loaded from.</param>
internal sealed record ConversationFile(
    string Model, string Checkpoint, AnswerSettings Settings, IReadOnlyList<ChatRound> Rounds)
{
    // Characters that mean something to Markdown anywhere in a line, and at its beginning.
    private const string Marks = "\\`*_[]<>&~|", BeginningMarks = "#+-=.)";

    /// <summary>Writes it, whole or not at all.</summary>
    /// <param name="path">A file that ends with .json or .md.</param>
    /// <exception cref="InputException">The ending is another.</exception>
    public void Write(string path)
    {
        string text = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".json" => ToJson() + "\n",
            ".md" or ".markdown" => ToMarkdown(),
            _ => throw new InputException(
                $"'{path}' ends with neither .md nor .json, which say how the conversation is written."),
        };
        AtomicFile.WriteAllText(path, text);
    }

    /// <summary>The JSON document.</summary>
    public string ToJson()
    {
        int number = 0;
        return JsonSerializer.Serialize(
            new
            {
                Model,
                Checkpoint,
                Settings.Sampling.Temperature,
                Settings.Sampling.TopK,
                Settings.Sampling.TopP,
                Settings.Sampling.RepetitionPenalty,
                MaxTokens = Settings.Sampling.MaxNewTokens,
                Settings.Sampling.Seed,
                Rounds = Rounds.Select(round => new
                {
                    round.Question,
                    Images = round.Images.Select(image => new
                    {
                        Number = ++number,
                        Path = image.Source,
                        CropSha256 = image.Digest,
                    }).ToArray(),
                    round.Answer,
                }).ToArray(),
            },
            JsonText.Indented);
    }

    /// <summary>The Markdown document. What was said is text in it, whatever it spells.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        _ = text.Append($"# A conversation with {Literal(Model)}\n");
        int number = 0;
        foreach (ChatRound round in Rounds)
        {
            _ = text.Append("\n## Question\n\n");
            foreach (ChatImage image in round.Images)
            {
                string address = new Uri(Path.GetFullPath(image.Source)).AbsoluteUri;
                _ = text.Append($"![Image {++number}](<{address}>)\nImage {number}: {Literal(image.Source)}\n\n");
            }

            _ = text.Append($"{Literal(round.Question)}\n\n## Answer\n\n{Literal(round.Answer)}\n");
        }

        return text.ToString();
    }

    private static string Literal(string said)
    {
        IEnumerable<string> paragraphs = said
            .ReplaceLineEndings("\n")
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(paragraph => string.Join("\\\n", paragraph.Split('\n').Select(LiteralLine)));
        return string.Join("\n\n", paragraphs);
    }

    private static string LiteralLine(string line)
    {
        var text = new StringBuilder();
        string shown = line.Trim();
        int digits = shown.TakeWhile(char.IsAsciiDigit).Count();
        for (int place = 0; place < shown.Length; place++)
        {
            bool isBeginning = (place == 0 && shown[place] is not ('.' or ')')) || (place == digits && digits > 0);
            if (Marks.Contains(shown[place]) || (isBeginning && BeginningMarks.Contains(shown[place])))
                _ = text.Append('\\');
            _ = text.Append(shown[place]);
        }

        return text.ToString();
    }
}
