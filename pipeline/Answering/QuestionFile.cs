using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Storage;

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
    /// <exception cref="InputException">
    /// The file is missing, too large or has another form; its first problems are listed.
    /// </exception>
    public static QuestionFile Read(string path)
    {
        byte[] bytes = ReadBytes(path);
        try
        {
            return new QuestionFile(QuestionReader.Read(bytes), Storage.Sha256.Of(bytes));
        }
        catch (InputException exception)
        {
            throw new InputException([.. exception.Problems.Select(problem => $"{path}: {problem}")]);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return UserFile.ReadAllBytes(path, FileLimits.Questions);
        }
        catch (UserFileException exception) when (exception.Fault == FileFault.Missing)
        {
            throw new InputException(
                $"There is no question file '{path}' (looked for {Path.GetFullPath(path)}): {exception.Problem}.");
        }
        catch (UserFileException exception)
        {
            throw new InputException($"The question file {exception.Message}.");
        }
    }
}
