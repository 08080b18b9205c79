using System.Threading.Channels;

namespace VisualChat.Pipeline.Threading;

/// <summary>
/// One stage of several. It takes items from a bounded channel, works on several at once, and
/// passes the results on in the order of the items. Results wait in a window of a few for each
/// worker, so memory is bounded and a slow stage holds back the ones before it.
/// </summary>
/// <remarks>
/// An image to be decoded takes forty times as long as one already prepared. With a window only as
/// wide as the number of workers, a worker on a slow item would soon stop all others: with two
/// workers, a blend took a fifth longer.
/// </remarks>
internal static class OrderedStage
{
    private const int ResultsPerWorker = 8;

    /// <summary>The first stage: items as they are enumerated, on another thread.</summary>
    /// <param name="items">The items. If enumerating fails, so does reading.</param>
    /// <param name="capacity">Items that wait.</param>
    /// <param name="cancellation">Ends the stage.</param>
    public static ChannelReader<T> ToChannel<T>(this IEnumerable<T> items, int capacity, CancellationToken cancellation)
    {
        var channel = Channel.CreateBounded<T>(capacity);
        _ = Task.Run(WriteAsync, CancellationToken.None);
        return channel.Reader;

        async Task WriteAsync()
        {
            try
            {
                foreach (T item in items)
                    await channel.Writer.WriteAsync(item, cancellation);
                channel.Writer.Complete();
            }
            catch (Exception exception)
            {
                channel.Writer.Complete(exception);
            }
        }
    }

    /// <summary>Starts the stage.</summary>
    /// <param name="input">The stage before. If it ends with an error, so does this one.</param>
    /// <param name="work">What is done with an item; called on several threads at once.</param>
    /// <param name="workers">Items worked on at once.</param>
    /// <param name="cancellation">Ends the stage.</param>
    public static ChannelReader<TOut> Then<TIn, TOut>(
        this ChannelReader<TIn> input, Func<TIn, TOut> work, int workers, CancellationToken cancellation)
    {
        // The window holds results to come: writing waits for room, reading waits for the oldest
        // result.
        var window = new BoundedChannelOptions(ResultsPerWorker * workers) { SingleReader = true };
        var one = new BoundedChannelOptions(1) { SingleReader = true, SingleWriter = true };
        var started = Channel.CreateBounded<Task<TOut>>(window);
        var output = Channel.CreateBounded<TOut>(one);
        _ = StartAsync(input, started.Writer, work, workers, cancellation);
        _ = FinishAsync(started.Reader, output.Writer, cancellation);
        return output.Reader;
    }

    private static async Task StartAsync<TIn, TOut>(
        ChannelReader<TIn> input,
        ChannelWriter<Task<TOut>> started,
        Func<TIn, TOut> work,
        int workers,
        CancellationToken cancellation)
    {
        using var taking = new SemaphoreSlim(1);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, cancellation)));
            started.Complete();
        }
        catch (Exception exception)
        {
            started.Complete(exception);
        }

        async Task WorkAsync()
        {
            while (true)
            {
                // Taking an item and its place in the order is one step, for one worker at a time.
                TIn? item;
                var result = new TaskCompletionSource<TOut>(TaskCreationOptions.RunContinuationsAsynchronously);
                await taking.WaitAsync(cancellation);
                try
                {
                    await started.WaitToWriteAsync(cancellation);
                    if (!await input.WaitToReadAsync(cancellation))
                        return;
                    input.TryRead(out item);
                    started.TryWrite(result.Task);
                }
                finally
                {
                    taking.Release();
                }

                try
                {
                    result.SetResult(work(item!));
                }
                catch (Exception exception)
                {
                    result.SetException(exception);
                    return;
                }
            }
        }
    }

    private static async Task FinishAsync<TOut>(
        ChannelReader<Task<TOut>> started, ChannelWriter<TOut> output, CancellationToken cancellation)
    {
        try
        {
            await foreach (Task<TOut> task in started.ReadAllAsync(cancellation))
                await output.WriteAsync(await task, cancellation);
            output.Complete();
        }
        catch (Exception exception)
        {
            output.Complete(exception);
        }
    }
}
