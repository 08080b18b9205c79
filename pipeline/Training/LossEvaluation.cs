using System.Threading.Channels;
using VisualChat.Model;
using VisualChat.Pipeline.DataLoading;

namespace VisualChat.Pipeline.Training;

/// <summary>The loss of a split's samples, without learning from them.</summary>
/// <param name="Samples">Each sample's loss, in the shards' order.</param>
internal sealed record LossEvaluation(IReadOnlyList<EvaluatedSample> Samples)
{
    /// <summary>Labelled tokens.</summary>
    public long Labels => Samples.Sum(sample => (long)sample.Labels);

    /// <summary>
    /// Mean over all labels, in nats; NaN without any. A long answer counts for more than a short
    /// one, and how samples fall into micro-batches counts for nothing.
    /// </summary>
    public double Loss => Samples.Sum(sample => sample.LossSum) / Labels;

    /// <summary>
    /// The share of labels that are the model's likeliest token, given those before them; NaN
    /// without any.
    /// </summary>
    public double TokenAccuracy => (double)Samples.Sum(sample => (long)sample.Right) / Labels;

    /// <summary>Measures a split, on the calling thread.</summary>
    /// <param name="loader">The split.</param>
    /// <param name="most">Only the first so many samples are measured.</param>
    /// <param name="progress">Told the number of samples done.</param>
    /// <exception cref="Errors.WorkException">
    /// A shard, or an image in it, cannot be read.
    /// </exception>
    public static LossEvaluation Of(
        ChatModel model,
        ShardDataLoader loader,
        int most,
        Action<int> progress,
        CancellationToken cancellation)
    {
        var samples = new List<EvaluatedSample>(Math.Min(most, loader.Samples));
        var ids = new Queue<string>(); // Of the samples whose losses are to come.
        using var loading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            ChannelReader<LoadedUpdate> updates = loader.StartInFileOrder(loading.Token);
            foreach (IReadOnlyList<SampleLoss> losses in model.Evaluate(Batches(updates)))
            {
                foreach (SampleLoss loss in losses)
                    samples.Add(new EvaluatedSample(ids.Dequeue(), loss.Sum, loss.LabelTokens, loss.RightTokens));
                progress(Math.Min(samples.Count, most));
            }
        }
        finally
        {
            loading.Cancel();
        }

        return new LossEvaluation([.. samples.Take(most)]);

        IEnumerable<MicroBatch> Batches(ChannelReader<LoadedUpdate> updates)
        {
            int asked = 0;
            while (asked < most && LoadedUpdates.TryTake(updates, out LoadedUpdate? update))
            {
                foreach (LoadedMicroBatch batch in update.MicroBatches)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (asked >= most)
                        yield break;
                    asked += batch.Ids.Count;
                    foreach (string id in batch.Ids)
                        ids.Enqueue(id);
                    yield return batch.ForModel;
                }
            }
        }
    }
}
