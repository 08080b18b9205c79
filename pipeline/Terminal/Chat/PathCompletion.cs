using System.Text;
using VisualChat.Pipeline.Terminal.Lines;

namespace VisualChat.Pipeline.Terminal.Chat;

/// <summary>
/// How the last word of a line could continue: a command's name, or the path of a folder or an
/// image, quoted as the word is.
/// </summary>
/// <param name="files">Where paths lead.</param>
/// <param name="commands">The names of commands, each with its slash.</param>
internal sealed class PathCompletion(ImageFiles files, IReadOnlyList<string> commands)
{
    // Characters that mean something to a shell. People at a terminal write a backslash before
    // them.
    private const string Escaped = " \\'\"()&;|<>$`*?[]{}!#";

    /// <summary>The ways a text could continue at its end.</summary>
    public LineCompletion Complete(string text)
    {
        int start = 0;
        ShellWord word = WordAt(text, 0);
        while (word.End < text.Length)
        {
            start = word.End + 1;
            word = WordAt(text, start);
        }

        List<(string, string)> candidates = [];
        if (start == 0 && text.Length > 0)
        {
            candidates.AddRange(commands
                .Where(command => command.StartsWith(text, StringComparison.Ordinal))
                .Select(command => (command + " ", command)));
        }

        int folderEnd = word.Text.LastIndexOf('/') + 1;
        string written = word.Text[..folderEnd], beginning = word.Text[folderEnd..];
        string? folder = files.FullPath(folderEnd == 0 ? "." : written);
        foreach ((string name, bool isFolder) in folder is null ? [] : EntriesOf(folder, beginning))
        {
            string path = Quoted(written + name, word.OpenQuote);
            candidates.Add(isFolder ? (path + "/", name + "/") : ($"{path}{word.OpenQuote} ", name));
        }

        return new LineCompletion(start, candidates);
    }

    // A quote opens a word; inside one that it did not open it is an apostrophe.
    private static ShellWord WordAt(string text, int start)
    {
        if (start < text.Length && (text[start] is '\'' or '"'))
            return ShellWord.At(text, start);
        var word = new StringBuilder();
        int place = start;
        for (; place < text.Length && !char.IsWhiteSpace(text[place]); place++)
            _ = word.Append(text[place] == '\\' && place + 1 < text.Length ? text[++place] : text[place]);
        return new ShellWord(word.ToString(), place, OpenQuote: null);
    }

    private static List<(string Name, bool IsFolder)> EntriesOf(string folder, string beginning)
    {
        List<(string, bool)> entries = [];
        try
        {
            IEnumerable<FileSystemInfo> found = new DirectoryInfo(folder).EnumerateFileSystemInfos();
            foreach (FileSystemInfo entry in found.OrderBy(entry => entry.Name, StringComparer.Ordinal))
            {
                bool isFolder = entry.Attributes.HasFlag(FileAttributes.Directory);
                if (IsOffered(entry.Name, isFolder, beginning))
                    entries.Add((entry.Name, isFolder));
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be listed has nothing to offer.
        }

        return entries;
    }

    // Hidden names are offered once their dot is typed.
    private static bool IsOffered(string name, bool isFolder, string beginning)
    {
        bool isHidden = name.StartsWith('.') && !beginning.StartsWith('.');
        return name.StartsWith(beginning, StringComparison.Ordinal)
            && !isHidden
            && !name.Any(char.IsControl)
            && (isFolder || ImageFiles.HasImageExtension(name));
    }

    private static string Quoted(string path, char? quote) => quote switch
    {
        null => string.Concat(path.Select(unit => Escaped.Contains(unit) ? $"\\{unit}" : unit.ToString())),
        '"' => '"' + path
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal),
        _ => quote + path,
    };
}
