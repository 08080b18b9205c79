namespace VisualChat.Pipeline.Shards;

/// <summary>Small files that appear whole, by rename.</summary>
internal static class AtomicFile
{
    /// <summary>Writes text under a temporary name beside the file, then renames it.</summary>
    public static void WriteAllText(string path, string text)
    {
        string temporary = $"{path}.tmp";
        File.WriteAllText(temporary, text);
        File.Move(temporary, path, overwrite: true);
    }
}
