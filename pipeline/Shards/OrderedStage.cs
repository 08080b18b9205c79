using System.Threading.Channels;

namespace VisualChat.Pipeline.Shards;

/// <summary>
/// One stage of the blend: takes items from a bounded channel, works on several at once, and hands the results on in the order the
/// items came. At most <c>workers</c> results wait or are worked on, so memory is bounded and a slow stage holds back the ones before it.
/// </summary>
public static class OrderedStage
{
    /// <summary>Starts the stage.</summary>
    /// <param name="input">The stage before. If it ends with an error, so does this one.</param>
    /// <param name="work">What is done with an item; called on several threads at once.</param>
    /// <param name="workers">Items worked on at once.</param>
    /// <param name="cancellation">Ends the stage.</param>
    public static ChannelReader<TOut> Then<TIn, TOut>(this ChannelReader<TIn> input, Func<TIn, TOut> work, int workers, CancellationToken cancellation)
    {
        // The channel holds tasks: writing to it waits for room, reading from it waits for the oldest to finish.
        var started = Channel.CreateBounded<Task<TOut>>(new BoundedChannelOptions(workers) { SingleReader = true, SingleWriter = true });
        var output = Channel.CreateBounded<TOut>(new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true });
        _ = StartAsync(input, started.Writer, work, cancellation);
        _ = FinishAsync(started.Reader, output.Writer, cancellation);
        return output.Reader;
    }

    private static async Task StartAsync<TIn, TOut>(
        ChannelReader<TIn> input, ChannelWriter<Task<TOut>> started, Func<TIn, TOut> work, CancellationToken cancellation)
    {
        try
        {
            await foreach (TIn item in input.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                // Room first, then the work: otherwise one item more than asked for would be in the making.
                await started.WaitToWriteAsync(cancellation).ConfigureAwait(false);
                await started.WriteAsync(Task.Run(() => work(item), cancellation), cancellation).ConfigureAwait(false);
            }

            started.Complete();
        }
        catch (Exception exception)
        {
            started.Complete(exception);
        }
    }

    private static async Task FinishAsync<TOut>(ChannelReader<Task<TOut>> started, ChannelWriter<TOut> output, CancellationToken cancellation)
    {
        try
        {
            await foreach (Task<TOut> task in started.ReadAllAsync(cancellation).ConfigureAwait(false))
                await output.WriteAsync(await task.ConfigureAwait(false), cancellation).ConfigureAwait(false);
            output.Complete();
        }
        catch (Exception exception)
        {
            output.Complete(exception);
        }
    }
}
