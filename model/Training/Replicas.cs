using System.Runtime.ExceptionServices;
using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Training;

/// <summary>
/// Micro-batches side by side, each on a thread of its own, with models that share the weights and have gradients of their own. The sums are
/// those of one micro-batch after the other, bit by bit: gradients are added in the micro-batches' order.
/// </summary>
/// <remarks>
/// A small model's products are too small to be shared out: measured on two cores, two lanes do 1.5 times the samples of one product on two
/// threads. Costs a gradient and one micro-batch's activations for each lane.
/// </remarks>
internal sealed class Replicas : IDisposable
{
    /// <summary>Above this width, threads inside a product gain as much, and activations are too large to be held more than once.</summary>
    private const int MaxHiddenSize = 512;

    private readonly ChatModel[] _models;

    /// <summary>As many lanes as help.</summary>
    /// <param name="model">The model; it stays the caller's.</param>
    public Replicas(ChatModel model)
    {
        bool areUseful = model.Description.Device == "cpu" && model.Description.Language.HiddenSize <= MaxHiddenSize && model.Description.Vision.HiddenSize <= MaxHiddenSize;
        _models = [model, .. Enumerable.Range(1, areUseful ? Environment.ProcessorCount - 1 : 0).Select(_ => model.Replica())];
    }

    /// <summary>Micro-batches at once.</summary>
    public int Count => _models.Length;

    /// <summary>Adds the gradients of a few micro-batches, at most <see cref="Count"/>, to the model's.</summary>
    /// <param name="batches">The micro-batches.</param>
    /// <param name="scale">What a loss is multiplied by before its gradient is taken.</param>
    /// <param name="activationCheckpointing">Whether layers compute themselves again for their gradients.</param>
    /// <returns>The sum of each micro-batch's losses. Where one is no number, no gradient of it was taken, and none can be relied on.</returns>
    public double[] Learn(ReadOnlySpan<MicroBatch> batches, double scale, bool activationCheckpointing)
    {
        if (Count == 1)
            return [Learn(_models[0], batches[0], scale, activationCheckpointing)];
        int threadsEach = Math.Max(1, Environment.ProcessorCount / batches.Length);
        double[] sums = new double[batches.Length];
        var failures = new Exception?[batches.Length];
        var threads = new Thread[batches.Length];
        for (int lane = 0; lane < threads.Length; lane++)
        {
            (int index, MicroBatch batch) = (lane, batches[lane]);
            threads[lane] = new Thread(() =>
            {
                try
                {
                    set_num_threads(threadsEach); // Of this thread; and of those to come, until it is set back below.
                    sums[index] = Learn(_models[index], batch, scale, activationCheckpointing);
                }
                catch (Exception exception)
                {
                    failures[index] = exception;
                }
            });
            threads[lane].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();
        set_num_threads(Environment.ProcessorCount);
        foreach (Exception? failure in failures)
        {
            if (failure is not null)
                ExceptionDispatchInfo.Throw(failure);
        }

        for (int lane = 1; lane < batches.Length; lane++)
            AddGradients(_models[lane].Parameters.Trained);
        return sums;
    }

    /// <summary>Forgets every gradient.</summary>
    public void ClearGradients()
    {
        foreach (ChatModel model in _models)
        {
            foreach ((_, Parameter weight) in model.Parameters.Trained)
                weight.grad = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ChatModel lane in _models.Skip(1))
            lane.Dispose();
    }

    private static double Learn(ChatModel model, MicroBatch batch, double scale, bool activationCheckpointing)
    {
        using DisposeScope scope = NewDisposeScope();
        using BatchLoss loss = model.Loss(batch, activationCheckpointing);
        double sum = loss.Sum.to(ScalarType.Float64).item<double>();
        if (double.IsFinite(sum))
            loss.Backward(scale);
        return sum;
    }

    private void AddGradients(IReadOnlyList<(string Name, Parameter Value)> lane)
    {
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<(string Name, Parameter Value)> trained = _models[0].Parameters.Trained;
        for (int index = 0; index < trained.Count; index++)
        {
            if (lane[index].Value.grad is not { } gradient)
                continue;
            if (trained[index].Value.grad is { } sum)
                _ = sum.AddInPlace(gradient);
            else
                trained[index].Value.grad = gradient;
            lane[index].Value.grad = null;
        }
    }
}
