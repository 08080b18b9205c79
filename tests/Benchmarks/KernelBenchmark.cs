using VisualChat.Model.Attention;
using VisualChat.Model.Tests.Kernels;
using VisualChat.Tests;

namespace VisualChat.Benchmarks;

/// <summary>
/// The kernels that one decoder layer starts, forwards and backwards, on the way that GPUs take,
/// counted on the CPU (see <see cref="KernelCount"/>): <c>kernels [SAMPLES] [IMAGES]</c>, then the
/// same of one generated token. Views start nothing; how many there are is said beside.
/// </summary>
internal static class KernelBenchmark
{
    public static void Run(string[] args)
    {
        int samples = args.Length > 0 ? int.Parse(args[0]) : 6;
        int images = args.Length > 1 ? int.Parse(args[1]) : 4;
        foreach (AttentionMode mode in PlainAttentions.All)
        {
            var count = KernelCount.OfMicroBatch(mode, samples, images);
            Console.WriteLine($"\n{mode.Name()}, {samples} samples with {images} images each");
            Print("layer, forward", count.Layer.Forward, count.Layer.ForwardViews);
            Print("layer, backward", count.Layer.Backward, count.Layer.BackwardViews);
            Print("first and last layer and the rest, forward", count.Rest.Forward, count.Rest.ForwardViews);
            Print("first and last layer and the rest, backward", count.Rest.Backward, count.Rest.BackwardViews);
            var token = KernelCount.OfToken(mode, images);
            Print("layer, one token with a cache", token.Layer.Forward, token.Layer.ForwardViews);
            Print("first and last layer and the rest, one token", token.Rest.Forward, token.Rest.ForwardViews);
        }
    }

    private static void Print(string what, IReadOnlyList<string> kernels, IReadOnlyList<string> views)
    {
        IEnumerable<string> names = kernels
            .GroupBy(name => name)
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.Count() == 1 ? group.Key : $"{group.Count()} {group.Key}");
        Console.WriteLine($"  {what}: {kernels.Count} kernels ({views.Count} views)");
        Console.WriteLine($"    {string.Join(", ", names)}");
    }
}
