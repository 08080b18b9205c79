using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Training;

/// <summary>
/// Replicas of a model that compute micro-batches at the same time, each on a thread of its own.
/// They share the weights and have gradients of their own.
/// </summary>
/// <remarks>
/// The results are bit for bit those of one micro-batch after the other: gradients are added in the
/// order of the micro-batches. The products of a small model are too small to be split: on two
/// cores, two replicas were measured to do 1.5 times the samples of one model on two threads. Costs
/// a gradient and one micro-batch's activations for each replica.
/// </remarks>
internal sealed class Replicas : IDisposable
{
    // Above this width, threads inside a product gain as much, and activations are too large to be
    // held more than once.
    private const int MaxHiddenSize = 512;

    // The model itself first, which is the caller's.
    private readonly ChatModel[] _models;

    /// <summary>As many replicas as help.</summary>
    /// <param name="model">The model; it stays the caller's.</param>
    public Replicas(ChatModel model)
    {
        int more = CountFor(model.Description) - 1;
        _models = [model, .. Enumerable.Range(0, more).Select(_ => model.Replica())];
    }

    /// <summary>How many replicas help a model, itself included.</summary>
    public static int CountFor(ModelDescription description)
    {
        bool areUseful = description.Device == "cpu"
            && description.Language.HiddenSize <= MaxHiddenSize
            && description.Vision.HiddenSize <= MaxHiddenSize;
        return areUseful ? Environment.ProcessorCount : 1;
    }

    /// <summary>The cores that the micro-batches share.</summary>
    internal int Cores { get; init; } = Environment.ProcessorCount;

    /// <summary>Micro-batches that are computed at the same time.</summary>
    public int Count => _models.Length;

    /// <summary>
    /// Adds the gradients of at most <see cref="Count"/> micro-batches to the model's.
    /// </summary>
    /// <param name="batches">
    /// The micro-batches, prepared by the model. They stay the caller's.
    /// </param>
    /// <param name="scale">A factor for each loss, applied before its gradient is taken.</param>
    /// <param name="activationCheckpointing">Whether layers recompute their activations.</param>
    /// <returns>
    /// The sum of each micro-batch's losses: a scalar on the device, so that nothing waits for it.
    /// </returns>
    public IReadOnlyList<Tensor> AddGradients(
        IReadOnlyList<PreparedBatch> batches, double scale, bool activationCheckpointing)
    {
        if (Count == 1)
            return [AddGradients(_models[0], batches[0], scale, activationCheckpointing)];
        int threadsEach = Math.Max(1, Cores / batches.Count);
        var sums = new Tensor[batches.Count];

        // How many threads a product takes is a setting of the process, and a frozen tower takes
        // one.
        if (threadsEach > 1 && batches.Count > 1)
            SideBySide.Run(batches.Count, threadsEach: 1, index => _models[index].EncodeAhead(batches[index]));
        SideBySide.Run(batches.Count, threadsEach, Learn);
        void Learn(int index) =>
            sums[index] = AddGradients(_models[index], batches[index], scale, activationCheckpointing);

        for (int replica = 1; replica < batches.Count; replica++)
            MoveGradients(_models[replica].Parameters.Trained);
        return sums;
    }

    public void ClearGradients()
    {
        foreach (ChatModel model in _models)
        {
            foreach (TrainedParameter trained in model.Parameters.Trained)
                trained.Value.grad = null;
        }
    }

    public void Dispose()
    {
        foreach (ChatModel replica in _models.Skip(1))
            replica.Dispose();
    }

    private static Tensor AddGradients(
        ChatModel model, PreparedBatch batch, double scale, bool activationCheckpointing)
    {
        using DisposeScope scope = NewDisposeScope();
        using BatchLoss loss = model.Loss(batch, activationCheckpointing);
        loss.Backward(scale);
        ReturnedGradient.Release();
        return loss.Sum.detach().DetachFromDisposeScope();
    }

    private void MoveGradients(IReadOnlyList<TrainedParameter> replica)
    {
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<TrainedParameter> trained = _models[0].Parameters.Trained;
        for (int index = 0; index < trained.Count; index++)
        {
            if (replica[index].Value.grad is not { } gradient)
                continue;
            if (trained[index].Value.grad is { } sum)
                _ = sum.AddInPlace(gradient);
            else
                trained[index].Value.grad = gradient;
            replica[index].Value.grad = null;
        }
    }
}
