using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Answering;

/// <summary>
/// The images of a question file, in one folder. A path is what its file's name says, spaces included; where no such file is, it is several with spaces between. What leads out of the folder is refused:
/// a file of questions is data.
/// </summary>
/// <param name="folder">The folder; a full path.</param>
/// <param name="images">Prepares them.</param>
public sealed class QuestionImages(string folder, ChatImages images)
{
    /// <summary>The images of a round.</summary>
    /// <exception cref="InputException">One of them cannot be used.</exception>
    public IReadOnlyList<ChatImage> Of(AskedRound round) => [.. round.Images.SelectMany(Parts).Select(written => images.FromFile(Inside(written), written))];

    private string[] Parts(string written)
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

        return path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new InputException($"The image '{written}' is not in {folder}: name the folder that has all images with --images.");
    }
}
