using VisualChat.Model.Files;

namespace VisualChat.Pipeline.Errors;

/// <summary>What a file that cannot be used means for the program.</summary>
internal static class FileProblem
{
    /// <summary>
    /// A file that was named wrongly is wrong input; storage that fails, or a lack of handles, is
    /// failed work, which may go well the next time.
    /// </summary>
    /// <param name="exception">What happened.</param>
    /// <param name="named">The file as the user knows it.</param>
    public static Exception Of(UserFileException exception, string named)
    {
        string message = $"{named} cannot be read: {exception.Problem}.";
        return exception.Fault is FileFault.Missing or FileFault.Denied or FileFault.NotAFile or FileFault.TooLarge
            ? new InputException(message)
            : new WorkException(message, exception);
    }
}
