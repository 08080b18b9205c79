namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// The place of the next sample. It is all that a checkpoint has to keep of a data loader.
/// </summary>
/// <param name="Epoch">From 0.</param>
/// <param name="Sample">The sample's place in the epoch's order, from 0.</param>
internal readonly record struct LoaderPosition(int Epoch, int Sample)
{
    /// <summary>The first sample of the first epoch.</summary>
    public static LoaderPosition Start => default;
}
