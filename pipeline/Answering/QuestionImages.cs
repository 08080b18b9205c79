using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Answering;

/// <summary>
/// The images of a question file, in one folder. A path names the file it spells, spaces included;
/// if there is no such file, it is several paths with spaces between them. A path that leads out of
/// the folder is refused, because a question file is data.
/// </summary>
/// <param name="folder">The folder; a full path.</param>
/// <param name="images">Prepares the images.</param>
internal sealed class QuestionImages(string folder, ChatImages images)
{
    /// <exception cref="InputException">One of the images cannot be used.</exception>
    public IReadOnlyList<ChatImage> Of(AskedRound round) =>
    [
        .. round.Images
            .SelectMany(PathsOf)
            .Select(written => images.FromFile(Inside(written), written)),
    ];

    private string[] PathsOf(string written)
    {
        string[] parts = written.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return parts.Length < 2 || File.Exists(Inside(written)) ? [written] : parts;
    }

    private string Inside(string written)
    {
        string path;
        try
        {
            path = Path.GetFullPath(written, folder);
        }
        catch (ArgumentException exception)
        {
            throw new InputException($"The image '{written}' cannot be read: {exception.Message}");
        }

        string inside = Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar;
        return path.StartsWith(inside, StringComparison.Ordinal)
            ? path
            : throw new InputException(
                $"The image '{written}' is not in {folder}: name the folder that has all images with --images.");
    }
}
