using System.Text;

namespace VisualChat.Pipeline.Terminal.Chat;

/// <summary>
/// A typed line: a question, and images whose paths stand in it. A word is a path only if it has an
/// image's name and its file exists; everything else is the question, letter by letter. Paths
/// before the question, and those after its last sentence, are taken out of it. A path inside a
/// sentence becomes <c>image 3</c>, the number by which the model knows it; so does one that opens
/// a sentence with another path inside.
/// </summary>
/// <param name="Question">The question; empty if the line has only images.</param>
/// <param name="Images">Full paths, in the order of their numbers.</param>
/// <param name="Missing">
/// Words that look like an image's path without a file: they stay in the question.
/// </param>
internal sealed record QuestionLine(string Question, IReadOnlyList<string> Images, IReadOnlyList<string> Missing)
{
    private const string Punctuation = ".,;:?!)";

    /// <param name="imagesBefore">Images of the conversation before the line.</param>
    public static QuestionLine Read(string line, ImageFiles files, int imagesBefore)
    {
        List<(int Start, int End, string Path)> found = [];
        List<string> missing = [];
        for (int place = 0; place < line.Length;)
        {
            if (char.IsWhiteSpace(line[place]) || line[place] == '(')
            {
                place++;
                continue;
            }

            if (Find(line, place, files) is { } image)
            {
                found.Add((place, image.End, image.Path));
                place = image.End;
                continue;
            }

            int end = WordEnd(line, place);
            string word = line[place..end].Trim('\'', '"').TrimEnd(Punctuation.ToCharArray());
            if (ImageFiles.HasImageExtension(word) && !word.Contains("://", StringComparison.Ordinal))
                missing.Add(word);
            place = end;
        }

        string[] images = [.. found.Select(image => image.Path).Distinct()];
        return new QuestionLine(QuestionOf(line, found, NumberOf), images, missing);

        int NumberOf(string path) => imagesBefore + Array.IndexOf(images, path) + 1;
    }

    private static string QuestionOf(
        string line, List<(int Start, int End, string Path)> found, Func<string, int> numberOf)
    {
        // The paths at the line's end, if a sentence ends before them.
        int after = line.Length, first = found.Count;
        while (first > 0 && string.IsNullOrWhiteSpace(line[found[first - 1].End..after]))
            after = found[--first].Start;
        string before = line[..after].TrimEnd();
        if (!(before.EndsWith('.') || before.EndsWith('?') || before.EndsWith('!') || before.EndsWith(':')))
            first = found.Count;

        int opening = 0, openingEnd = 0;
        while (opening < first && string.IsNullOrWhiteSpace(line[openingEnd..found[opening].Start]))
            openingEnd = found[opening++].End;
        if (opening > 0 && opening < first && !char.IsUpper(line[openingEnd..].TrimStart()[0]))
            opening = 0;

        var question = new StringBuilder();
        int place = 0;
        for (int image = 0; image < found.Count; image++)
        {
            _ = question.Append(line, place, found[image].Start - place);
            if (image >= opening && image < first)
                _ = question.Append("image ").Append(numberOf(found[image].Path));
            place = found[image].End;
        }

        return question.Append(line, place, line.Length - place).ToString().Trim();
    }

    private static (string Path, int End)? Find(string line, int start, ImageFiles files)
    {
        ShellWord word = ShellWord.At(line, start);
        if (word.OpenQuote is null)
        {
            if (files.Find(word.Text) is { } path)
                return (path, word.End);
            string bare = word.Text.TrimEnd(Punctuation.ToCharArray());
            if (bare.Length < word.Text.Length && files.Find(bare) is { } punctuated)
                return (punctuated, word.End - (word.Text.Length - bare.Length));
        }

        // As it stands, over as many words as it takes: some terminals insert a path with spaces
        // without quoting it.
        for (int end = start; end < line.Length && line[end] != '\n';)
        {
            while (end < line.Length && line[end] is ' ')
                end++;
            end = WordEnd(line, end);
            string raw = line[start..end], bare = raw.TrimEnd(Punctuation.ToCharArray());
            if ((files.Find(raw) ?? files.Find(bare)) is { } path)
                return (path, files.Find(raw) is null ? start + bare.Length : end);
        }

        return null;
    }

    private static int WordEnd(string line, int start)
    {
        int end = start;
        while (end < line.Length && !char.IsWhiteSpace(line[end]))
            end++;
        return end;
    }
}
