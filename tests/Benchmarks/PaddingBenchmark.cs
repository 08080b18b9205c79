using System.Diagnostics;
using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Transfers;
using VisualChat.Tests;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>
/// What padding costs a CPU: a decoder's pass over 1, 4 and 6 samples of unequal lengths, forwards
/// and backwards to its inputs, attention in blocks and padded in turn (hidden 512, 2 layers,
/// weights frozen, one thread). Processor time, the least of some rounds.
/// </summary>
internal static class PaddingBenchmark
{
    private const int VisualTokens = 257, Rounds = 3;

    private static readonly LlamaConfig Sizes = new()
    {
        HiddenSize = 512,
        IntermediateSize = 1376,
        Layers = 2,
        Heads = 8,
        VocabularySize = 2048,
    };

    // Text tokens and images of samples as conversations have them: from one question to many
    // rounds.
    private static readonly (int Text, int Images)[] Samples =
        [(260, 4), (48, 1), (420, 1), (90, 2), (150, 4), (610, 1)];

    public static void Measure()
    {
        set_num_threads(1);
        using var generator = new Generator(1);
        using Scalar deviation = 0.02;
        using DisposeScope scope = NewDisposeScope();
        IEnumerable<ParameterSpec> specs = LlamaParameters.All(Sizes, Sizes.VocabularySize);
        using var parameters = new ParameterSet([.. specs.Select(spec => (spec, Start(spec)))]);
        Console.WriteLine("samples  positions  attention             blocks s  padded s");
        foreach (int count in new[] { 1, 4, 6 })
            foreach (AttentionMode mode in PlainAttentions.All)
                Compare(parameters, mode, Samples[..count]);

        Tensor Start(ParameterSpec spec)
        {
            Tensor noise = randn(spec.Shape, dtype: ScalarType.Float32, generator: generator).mul(deviation);
            return noise.DetachFromDisposeScope();
        }
    }

    private static void Compare(ParameterSet parameters, AttentionMode mode, (int Text, int Images)[] samples)
    {
        var layout = InterleavedLayout.Of([.. samples.Select(sample => Layout(sample.Text, sample.Images))]);
        double blocks = double.MaxValue, padded = double.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            blocks = Math.Min(blocks, Seconds(isPadded: false));
            padded = Math.Min(padded, Seconds(isPadded: true));
        }

        Console.WriteLine(
            $"{samples.Length,7}  {layout.Positions,9}  {mode.Name(),-20}  {blocks,8:F2}  {padded,8:F2}");

        double Seconds(bool isPadded)
        {
            using DisposeScope scope = NewDisposeScope();
            var decoder = new LlamaDecoder(parameters, Sizes, mode) { IsPadded = isPadded };
            Tensor text = randn([layout.TextRows, Sizes.HiddenSize], requires_grad: true);
            Tensor images = randn([layout.ImageRows, Sizes.HiddenSize], requires_grad: true);
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            var numbers = new PackedNumbers();
            DecoderPlan plan = decoder.Plan(layout, [layout.Positions - 1], cachedPositions: 0, numbers);
            SentNumbers sent = numbers.Send(new DeviceTransfers(CPU));
            decoder.Logits(text, images, plan, sent).sum().backward();
            return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        }
    }

    // A little text, then the images with text between them.
    private static IReadOnlyList<Run> Layout(int text, int images)
    {
        int piece = text / (images + 1);
        return
        [
            .. Enumerable.Range(0, images).SelectMany(_ => new[] { Run.Text(piece), Run.Image(VisualTokens) }),
            Run.Text(text - (piece * images)),
        ];
    }
}
