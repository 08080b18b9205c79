namespace VisualChat.Pipeline.Errors;

/// <summary>
/// Something failed while working (a file that cannot be parsed, a full disk): what, where, what to
/// do. The program exits with 1.
/// </summary>
internal class WorkException(string message, Exception? cause = null) : Exception(message, cause);
