using System.Diagnostics;
using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.Generation;
using VisualChat.Model.Language;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>Greedy decoding of 256 tokens after two images and a question, by a model of the quick start's size: the cost of a token is that of the calls it takes.</summary>
public static class GenerationBenchmark
{
    private const int Vocabulary = 1503, ImageToken = 1501, Tokens = 256;

    public static void Run()
    {
        foreach (int threads in new[] { 1, 2 })
        {
            set_num_threads(threads);
            foreach (AttentionMode mode in Enum.GetValues<AttentionMode>())
            {
                using ChatModel model = ChatModel.Create(new ModelDescription
                {
                    Vision = new ClipVisionConfig { HiddenSize = 192, IntermediateSize = 768, Layers = 4, Heads = 6, ImageSize = 72, PatchSize = 24 },
                    Language = new LlamaConfig { HiddenSize = 192, IntermediateSize = 576, Layers = 6, Heads = 6, VocabularySize = Vocabulary - 3 },
                    VocabularySize = Vocabulary,
                    ImageToken = ImageToken,
                    Attention = mode,
                });
                int[] prompt = [.. Enumerable.Range(0, 80).Select(place => place is 20 or 30 ? ImageToken : place)];
                using Tensor pixels = randn(2, 3, 72, 72);
                double best = double.MaxValue;
                for (int round = 0; round < 3; round++)
                {
                    using ModelSession session = model.NewSession();
                    session.Append(prompt, pixels);
                    var watch = Stopwatch.StartNew();
                    for (int token = 0; token < Tokens; token++)
                        session.Append([Greedy(session.Logits)]);
                    best = Math.Min(best, watch.Elapsed.TotalSeconds);
                }

                Console.WriteLine($"{threads} threads  {mode.Name(),-14}  {Tokens / best,6:F0} tokens/s");
            }
        }
    }

    private static int Greedy(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int id = 1; id < logits.Length; id++)
            if (logits[id] > logits[best])
                best = id;
        return best;
    }
}
