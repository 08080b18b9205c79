namespace VisualChat.Pipeline.Serving.Bodies;

/// <summary>
/// Gives what large requests have left behind back to the system. The collector by itself would let
/// it pile up to several times what is in use, and keep it.
/// </summary>
internal static class ReturnedMemory
{
    /// <summary>Stops all threads for some hundredths of a second.</summary>
    public static void Collect() =>
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
}
