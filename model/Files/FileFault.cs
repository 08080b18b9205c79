namespace VisualChat.Model.Files;

/// <summary>Why a file cannot be used.</summary>
public enum FileFault
{
    /// <summary>There is nothing at its path, or a link there leads nowhere.</summary>
    Missing,

    /// <summary>This user may not read it.</summary>
    Denied,

    /// <summary>It is no regular file: a folder, a FIFO, a socket or a device.</summary>
    NotAFile,

    /// <summary>It is larger than any file of its sort.</summary>
    TooLarge,

    /// <summary>The process, or the machine, has no handle left.</summary>
    TooManyOpen,

    /// <summary>The storage has not answered in time.</summary>
    NoAnswer,

    /// <summary>The storage failed.</summary>
    Failed,
}
