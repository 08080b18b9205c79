using System.Diagnostics;
using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Quantisation;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Transfers;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>
/// A weight of LLaMA-2 7B's MLP in few bits: how long it takes to quantise it, and to make it for a
/// product, beside the product.
/// </summary>
internal static class LendBenchmark
{
    private const int Rows = 11008, Columns = 4096, Rounds = 7;

    public static void Run()
    {
        TorchNatives.EnsureLoadable();
        using IDisposable frozen = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Tensor values = randn([Rows, Columns]);
        Console.WriteLine($"{Rows:N0} x {Columns:N0}, milliseconds, the least of {Rounds}");
        Console.WriteLine("format type      quantise    lend  product of 642 rows  the same, held  one row  held");
        foreach (FrozenFormat format in Enum.GetValues<FrozenFormat>())
        {
            using LentWeight weight = Quantised(values, format);
            double quantise = Least(() => Quantised(values, format).Dispose());
            foreach (ScalarType type in (ScalarType[])[ScalarType.Float32, ScalarType.BFloat16])
            {
                using Tensor many = randn([642, Columns]).to(type), one = randn([1, Columns]).to(type);
                using Tensor lent = weight.Lend(type);
                Linear made = new(weight), held = new(lent);
                Console.WriteLine(
                    $"{format.Name(),-6} {type,-9} {quantise,8:F0} {Least(() => weight.Lend(type).Dispose()),7:F1}"
                    + $" {Least(() => made.Apply(many).Dispose()),20:F0}"
                    + $" {Least(() => held.Apply(many).Dispose()),15:F0}"
                    + $" {Least(() => made.Apply(one).Dispose()),8:F1}"
                    + $" {Least(() => held.Apply(one).Dispose()),5:F1}");
            }
        }
    }

    private static LentWeight Quantised(Tensor values, FrozenFormat format)
    {
        using var files = new MappedFiles();
        var transfers = new DeviceTransfers(CPU);
        using var weights = new QuantisedWeights(
            files, new TensorCopies(files, transfers), transfers, areCopied: false, new BackwardFailures());
        return weights.Of(values, format)!;
    }

    private static double Least(Action action) => Enumerable.Range(0, Rounds).Min(_ =>
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    });
}
