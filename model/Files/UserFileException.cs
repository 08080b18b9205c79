namespace VisualChat.Model.Files;

/// <summary>
/// A file that the user or the data names cannot be used: which, what it is, and what to do.
/// </summary>
public sealed class UserFileException : IOException
{
    internal UserFileException(string path, FileFault fault, string problem)
        : base($"'{path}' cannot be read: {problem}") => (Path, Fault, Problem) = (path, fault, problem);

    /// <summary>The file as it was named.</summary>
    public string Path { get; }

    /// <summary>Why it cannot be used.</summary>
    public FileFault Fault { get; }

    /// <summary>The message without the path: "it is a folder, not a file; name a file".</summary>
    public string Problem { get; }
}
