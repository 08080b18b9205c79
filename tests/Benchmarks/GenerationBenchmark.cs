using System.Diagnostics;
using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.Generation;
using VisualChat.Model.Language;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>
/// Greedy decoding of 256 tokens after two images and a question, by a model of the quick start's size on one thread: the cost of a token is that
/// of reading the weights and of the calls it takes. Then eight rounds of a chat, each an image of 257 tokens and 40 of text, by a decoder of
/// hidden 512 and 8 layers on two threads: the time to the first token, beside that of computing everything anew in each round.
/// </summary>
public static class GenerationBenchmark
{
    private const int Vocabulary = 1503, ImageToken = 1501, Tokens = 256, Rounds = 4;

    public static void Run()
    {
        MeasureTokens();
        MeasureRounds();
    }

    private static void MeasureRounds()
    {
        set_num_threads(2);
        using ChatModel model = ChatModel.Create(new ModelDescription
        {
            Vision = new ClipVisionConfig { HiddenSize = 192, IntermediateSize = 768, Layers = 4, Heads = 6, ImageSize = 224, PatchSize = 14 },
            Language = new LlamaConfig { HiddenSize = 512, IntermediateSize = 1376, Layers = 8, Heads = 8, VocabularySize = Vocabulary - 3, MaxPositions = 4096 },
            VocabularySize = Vocabulary,
            ImageToken = ImageToken,
        });
        int[] round = [.. Enumerable.Range(0, 41).Select(place => place == 5 ? ImageToken : place)];
        using Tensor pixels = randn(8, 3, 224, 224);
        using ModelSession session = model.NewSession();
        Console.WriteLine();
        Console.WriteLine("round  kept s  anew s");
        for (int count = 1; count <= 8; count++)
        {
            using Tensor image = pixels.narrow(0, count - 1, 1), images = pixels.narrow(0, 0, count);
            var watch = Stopwatch.StartNew();
            session.Append(round, image);
            double kept = watch.Elapsed.TotalSeconds;
            watch.Restart();
            using ModelSession anew = model.NewSession();
            anew.Append([.. Enumerable.Repeat(round, count).SelectMany(ids => ids)], images);
            Console.WriteLine($"{count,5}  {kept,6:F2}  {watch.Elapsed.TotalSeconds,6:F2}");
        }
    }

    private static void MeasureTokens()
    {
        set_num_threads(1);
        Console.WriteLine("attention       tokens/s  processor ms a token");
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
            double seconds = double.MaxValue, processorSeconds = double.MaxValue;
            for (int round = 0; round < Rounds; round++)
            {
                using ModelSession session = model.NewSession();
                session.Append(prompt, pixels);
                var answer = new TokenGeneration(session, new SamplingSettings { MaxNewTokens = Tokens }, [], []);
                var watch = Stopwatch.StartNew();
                TimeSpan before = Environment.CpuUsage.TotalTime;
                foreach (int _ in answer.Tokens())
                    continue;
                seconds = Math.Min(seconds, watch.Elapsed.TotalSeconds);
                processorSeconds = Math.Min(processorSeconds, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
            }

            Console.WriteLine($"{mode.Name(),-14}  {Tokens / seconds,8:F0}  {1000 * processorSeconds / Tokens,8:F2}");
        }
    }
}
