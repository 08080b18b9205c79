namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// Renders a stream of scenes on all cores and hands the pictures on in the stream's order. A batch
/// of pictures, some megabytes, is all that is held.
/// </summary>
internal static class RenderQueue
{
    private const int BatchSize = 256;

    /// <summary>Renders every scene and consumes each picture in order.</summary>
    /// <returns>Number of pictures.</returns>
    public static int InOrder(
        IEnumerable<(string Id, Scene Scene)> scenes, Action<string, byte[]> consume, CancellationToken cancellation)
    {
        int count = 0;
        foreach ((string Id, Scene Scene)[] batch in scenes.Chunk(BatchSize))
        {
            var pictures = new byte[batch.Length][];
            var options = new ParallelOptions { CancellationToken = cancellation };
            Parallel.For(
                0, batch.Length, options, index => pictures[index] = SceneRenderer.RenderJpeg(batch[index].Scene));
            for (int index = 0; index < batch.Length; index++)
                consume(batch[index].Id, pictures[index]);
            count += batch.Length;
        }

        return count;
    }

    /// <summary>Renders every scene into <c>folder/id.jpg</c>.</summary>
    /// <returns>Number of pictures.</returns>
    public static int IntoFolder(
        string folder, IEnumerable<(string Id, Scene Scene)> scenes, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        return InOrder(scenes, (id, jpeg) => WorldFile.Write(Path.Combine(folder, id + ".jpg"), jpeg), cancellation);
    }
}
