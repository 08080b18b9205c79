namespace VisualChat.Model.Files;

/// <summary>What a path leads to, links followed.</summary>
public enum FileKind
{
    /// <summary>Nothing: it is missing, or a link that leads nowhere.</summary>
    Missing,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe: an ordinary open of it waits for a writer.</summary>
    Fifo,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A device, such as <c>/dev/zero</c>, which never ends.</summary>
    Device,
}
