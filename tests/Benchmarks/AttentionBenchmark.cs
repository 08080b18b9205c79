using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Tests.Language;
using VisualChat.Model.Transfers;
using VisualChat.Tests;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>
/// A decoder's pass forwards and backwards to its inputs, weights frozen (hidden 512, 8 layers, 8
/// heads, float32, 2 threads), beside a dense one in the same run: T × T masks, logits everywhere.
/// A third of the text is labelled. Best of three; memory is what the pass adds at its peak. The
/// dense pass over 8 images takes 16 GB, so 1 and 4 are measured unless others are named.
/// </summary>
internal static partial class AttentionBenchmark
{
    private const int VisualTokens = 257, Rounds = 3;

    private static readonly LlamaConfig Sizes = new()
    {
        HiddenSize = 512,
        IntermediateSize = 1376,
        Layers = 8,
        Heads = 8,
        VocabularySize = 32003,
    };

    // Text positions beside 1, 4 and 8 images, to make 368, 1,288 and 2,520.
    private static int TextLength(int images) => images switch { 1 => 111, 4 => 260, _ => 58 * images };

    public static void Run(string[] args)
    {
        set_num_threads(2);
        int[] images = args.Length == 0 ? [1, 4] : [.. args.Select(int.Parse)];
        using var generator = new Generator(1);
        using Scalar deviation = 0.02;
        using DisposeScope scope = NewDisposeScope();
        IEnumerable<ParameterSpec> specs = LlamaParameters.All(Sizes, Sizes.VocabularySize);
        using var parameters = new ParameterSet([.. specs.Select(spec => (spec, Start(spec)))]);
        Console.WriteLine("images  positions  attention             packed s  packed MB  dense s  dense MB  faster");
        foreach (int count in images)
            foreach (AttentionMode mode in PlainAttentions.All)
                Compare(parameters, mode, count);

        Tensor Start(ParameterSpec spec)
        {
            Tensor middle = spec.Start.Constant == 1 ? ones(spec.Shape) : zeros(spec.Shape);
            Tensor noise = randn(spec.Shape, dtype: ScalarType.Float32, generator: generator).mul(deviation);
            return middle.Plus(noise).DetachFromDisposeScope();
        }
    }

    private static void Compare(ParameterSet parameters, AttentionMode mode, int images)
    {
        string kinds = Kinds(images);
        IEnumerable<int> textPlaces = Enumerable.Range(0, kinds.Length).Where(place => kinds[place] == 't');
        int[] wanted = [.. textPlaces.Where((_, index) => index % 3 == 0)];
        InterleavedLayout layout = InterleavedLayout.Of([[.. kinds.Select(kind => new Run(kind == 'v', 1))]]);
        var decoder = new LlamaDecoder(parameters, Sizes, mode);
        var dense = new DenseDecoder(name => parameters[name], Sizes, mode);
        long text = kinds.Count(kind => kind == 't');
        (double packedSeconds, double packedBytes) = Measure(() =>
        {
            Tensor textRows = randn([text, Sizes.HiddenSize], requires_grad: true);
            Tensor imageRows = randn([kinds.Length - text, Sizes.HiddenSize], requires_grad: true);
            var numbers = new PackedNumbers();
            DecoderPlan plan = decoder.Plan(layout, wanted, cachedPositions: 0, numbers);
            SentNumbers sent = numbers.Send(new DeviceTransfers(CPU));
            Tensor logits = decoder.Logits(textRows, imageRows, plan, sent);
            (logits * logits).sum().backward();
        });
        (double denseSeconds, double denseBytes) = Measure(() =>
        {
            Tensor rows = randn([kinds.Length, Sizes.HiddenSize], requires_grad: true);
            Tensor logits = dense.Logits(rows, kinds);
            (logits * logits).sum().backward();
        });
        Console.WriteLine(
            $"{images,6}  {kinds.Length,9}  {mode.Name(),-20}  "
            + $"{packedSeconds,8:F2}  {packedBytes / 1e6,9:F0}  {denseSeconds,7:F2}  {denseBytes / 1e6,8:F0}  "
            + $"{denseSeconds / packedSeconds,5:F1}x");
    }

    private static (double Seconds, double PeakBytes) Measure(Action pass)
    {
        double best = double.MaxValue;
        long peak = 0;
        for (int round = 0; round < Rounds; round++)
        {
            // What an earlier pass freed goes back to the system first.
            _ = TrimHeap(0);

            // The peak of resident memory starts again from what is resident now.
            File.WriteAllText("/proc/self/clear_refs", "5");
            long before = Status("VmRSS:");
            var watch = Stopwatch.StartNew();
            using (DisposeScope scope = NewDisposeScope())
                pass();
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
            peak = Math.Max(peak, Status("VmHWM:") - before);
        }

        return (best, peak);
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int TrimHeap(nuint keepBytes);

    // A line reads "VmRSS:     1234 kB".
    private static long Status(string key)
    {
        string line = File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal));
        return 1024 * long.Parse(line[key.Length..^2]);
    }

    private static string Kinds(int images)
    {
        int text = TextLength(images), piece = text / (images + 1);
        string pieceAndImage = new string('t', piece) + new string('v', VisualTokens);
        string lastPiece = new('t', text - (piece * images));
        return string.Concat(Enumerable.Repeat(pieceAndImage, images)) + lastPiece;
    }
}
