using TorchSharp;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Gpu.Steps;

/// <summary>
/// What this card does at most, in this process: a large product in bf16, and a large copy. Shares
/// are of these, not of a datasheet.
/// </summary>
internal static class CeilingsStep
{
    /// <summary>The step's name.</summary>
    public const string Step = "ceilings";

    /// <summary>The row of the product's rate, in TFLOP/s.</summary>
    public const string Product = "product in bf16";

    private const int Together = 10, Rounds = 5;

    public static void Run(RunOptions options)
    {
        TorchNatives.EnsureLoadable();
        using DisposeScope scope = NewDisposeScope();
        Device on = device(options.Device);
        long side = options.IsSmall ? 256 : 8192;
        Tensor left = randn([side, side], device: on).to(ScalarType.BFloat16);
        Tensor right = randn([side, side], device: on).to(ScalarType.BFloat16);
        double seconds = Median.SecondsOf(1, Rounds, _ => Repeat(options, () => left.matmul(right).Dispose()));
        Add($"{Product}", Together * 2.0 * side * side * side / seconds / 1e12, "TFLOP/s");

        long bytes = options.IsSmall ? 1L << 22 : 1L << 32;
        Tensor from = ones([bytes], dtype: ScalarType.Int8, device: on), to = from.clone();
        seconds = Median.SecondsOf(1, Rounds, _ => Repeat(options, () => to.copy_(from)));
        Add("copy on the device, bytes read and written", Together * 2.0 * bytes / seconds / 1e9, "GB/s");

        void Add(string what, double value, string unit) =>
            options.Results.Add(new() { Step = Step, What = what, Value = value, Unit = unit });
    }

    private static void Repeat(RunOptions options, Action launch)
    {
        for (int count = 0; count < Together; count++)
            launch();
        if (options.IsGpu)
            cuda.synchronize();
    }
}
