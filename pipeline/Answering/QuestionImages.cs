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
    // More than any model reaches; each that is read takes the memory of its crop.
    private const int MostImages = 1000;

    /// <exception cref="InputException">
    /// One of the images cannot be used, or there are too many.
    /// </exception>
    public IReadOnlyList<ChatImage> Of(AskedRound round)
    {
        string[] paths = [.. round.Images.SelectMany(PathsOf)];
        return paths.Length <= MostImages
            ? [.. paths.Select(written => images.FromFile(Inside(written), written))]
            : throw new InputException($"The round has {paths.Length:N0} images; at most {MostImages:N0} are shown.");
    }

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
