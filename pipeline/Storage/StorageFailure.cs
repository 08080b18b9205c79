namespace VisualChat.Pipeline.Storage;

internal static class StorageFailure
{
    /// <summary>
    /// Whether the storage failed: a full disk, a missing right, a limit. The framework reports a
    /// file larger than the file system or the user's limit allows as an argument out of range.
    /// </summary>
    public static bool Is(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value" };
}
