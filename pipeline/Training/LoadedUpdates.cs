using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using VisualChat.Pipeline.DataLoading;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// Where the data loader's channel meets the one thread that has tensors. It waits by blocking,
/// because a tensor's dispose scope is lost across an await.
/// </summary>
internal static class LoadedUpdates
{
    /// <summary>Takes the next update; false after the last.</summary>
    /// <exception cref="Errors.WorkException">
    /// A shard, or an image in it, cannot be read.
    /// </exception>
    public static bool TryTake(ChannelReader<LoadedUpdate> updates, [NotNullWhen(true)] out LoadedUpdate? update)
    {
        while (!updates.TryRead(out update))
        {
            if (!updates.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
                return false;
        }

        return true;
    }
}
