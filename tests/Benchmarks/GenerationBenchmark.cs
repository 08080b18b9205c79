using System.Diagnostics;
using System.Text;
using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.Generation;
using VisualChat.Model.Language;
using VisualChat.Model.Vision;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tokens;
using VisualChat.Tests;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>
/// Greedy decoding of 256 tokens after two images and a question, by a model of the quick start's
/// size on one thread: a token costs reading the weights and the calls it takes. Then eight rounds
/// of a chat, each an image of 257 positions and a question, by a decoder of hidden 512 and 8
/// layers on two threads. The time to the first token is measured three ways: in a conversation
/// that continues, for the same round in a fresh one, and with every round recomputed from the
/// start, as the released system does. The best of three each.
/// </summary>
internal static class GenerationBenchmark
{
    private const int Vocabulary = 1503, ImageToken = 1501, Tokens = 256, Rounds = 4;
    private const int ChatRounds = 8, AnswerTokens = 32, ImageSize = 224;

    public static void Run(string tokenizer)
    {
        MeasureTokens();
        MeasureRounds(SentencePieceTokenizer.Load(tokenizer));
    }

    private static void MeasureRounds(SentencePieceTokenizer tokenizer)
    {
        set_num_threads(2);
        using ChatModel model = ChatModel.Create(new ModelDescription
        {
            Vision = new ClipVisionConfig
            {
                HiddenSize = 192,
                IntermediateSize = 768,
                Layers = 4,
                Heads = 6,
                ImageSize = ImageSize,
                PatchSize = 14,
            },
            Language = new LlamaConfig
            {
                HiddenSize = 512,
                IntermediateSize = 1376,
                Layers = 8,
                Heads = 8,
                VocabularySize = tokenizer.VocabularySize,
                MaxPositions = 4096,
            },
            VocabularySize = tokenizer.VocabularySize + 3,
            ImageToken = tokenizer.VocabularySize + 1,
        });
        var recipe = new Recipe
        {
            Name = "rounds",
            Data = new DataSettings { Sources = [] },
            Tokenizer = RecipePath.To(""),
            Template = new TemplateSettings { System = "" },
            Images = new ImageSettings { Size = ImageSize },
        };
        var images = new ChatImages(ImageSize);
        IEnumerable<byte[]> pictures = Enumerable.Range(0, ChatRounds).Select(GrayPicture);
        ChatImage[] shown = [.. pictures.Select(picture => images.FromBytes(picture, ""))];
        const string question =
            "What is the color of the large object in the middle of this image, "
            + "and what has changed since the one before?";
        double[,] seconds = new double[ChatRounds, 3];
        for (int repeat = 0; repeat < 3; repeat++)
        {
            using ChatEngine kept = NewEngine();
            List<ChatRound> rounds = [];
            for (int round = 0; round < ChatRounds; round++)
            {
                string answer = Record(round, 0, kept, rounds, AnswerTokens);
                using (ChatEngine fresh = NewEngine())
                    Record(round, 1, fresh, [], 1);

                // As the released system does: the whole conversation in one pass.
                var prompt = new ChatPrompt { Earlier = rounds, Question = question, Images = [shown[round]] };
                var encoder = new ConversationEncoder(tokenizer, "", ImageOrder.Reading);
                IReadOnlyList<ConversationPart> parts = encoder.Encode(prompt);
                ReadOnlyMemory<byte>[] crops = [.. parts.SelectMany(part => part.Images).Select(image => image.Crop)];
                using ModelSession recomputed = new ModelSession(model);
                var watch = Stopwatch.StartNew();
                recomputed.Append([.. parts.SelectMany(part => part.Ids)], crops);
                Keep(round, 2, watch.Elapsed.TotalSeconds);
                rounds.Add(new ChatRound(question, [shown[round]], answer));
            }

            string Record(int round, int way, ChatEngine engine, List<ChatRound> before, int tokens)
            {
                var watch = Stopwatch.StartNew();
                using ChatAnswer answer = engine.Begin(new ChatPrompt
                {
                    Earlier = before,
                    Question = question,
                    Images = [shown[round]],
                    Settings = new AnswerSettings { Sampling = new SamplingSettings { MaxNewTokens = tokens } },
                });
                foreach (string _ in answer.Pieces())
                    if (answer.CompletionTokens == 1)
                        Keep(round, way, watch.Elapsed.TotalSeconds);
                return answer.Text;
            }
        }

        List<int> ids = [];
        tokenizer.Encode(question, ids);
        Console.WriteLine();
        Console.WriteLine(
            $"Seconds to the first token of a round: an image of 257 positions, {ids.Count} tokens of question, "
            + $"an answer of {AnswerTokens} before it");
        Console.WriteLine("round  continued  fresh conversation  ratio  all recomputed  ratio");
        for (int round = 0; round < ChatRounds; round++)
        {
            (double continued, double fresh, double all) = (seconds[round, 0], seconds[round, 1], seconds[round, 2]);
            Console.WriteLine(
                $"{round + 1,5}  {continued,9:F3}  {fresh,18:F3}  {continued / fresh,5:F2}  "
                + $"{all,14:F3}  {all / fresh,5:F2}");
        }

        ChatEngine NewEngine() => new(model, recipe, tokenizer, new PrefixCacheLimits());

        void Keep(int round, int way, double elapsed)
        {
            double best = seconds[round, way];
            seconds[round, way] = best == 0 ? elapsed : Math.Min(best, elapsed);
        }
    }

    // A PPM file of one shade, another for each round.
    private static byte[] GrayPicture(int round)
    {
        byte[] header = Encoding.ASCII.GetBytes($"P6 {ImageSize} {ImageSize} 255\n");
        return [.. header, .. Enumerable.Repeat((byte)(20 * round), 3 * ImageSize * ImageSize)];
    }

    private static void MeasureTokens()
    {
        set_num_threads(1);
        Console.WriteLine("attention       tokens/s  processor ms a token");
        foreach (AttentionMode mode in PlainAttentions.All)
        {
            using ChatModel model = ChatModel.Create(new ModelDescription
            {
                Vision = new ClipVisionConfig
                {
                    HiddenSize = 192,
                    IntermediateSize = 768,
                    Layers = 4,
                    Heads = 6,
                    ImageSize = 72,
                    PatchSize = 24,
                },
                Language = new LlamaConfig
                {
                    HiddenSize = 192,
                    IntermediateSize = 576,
                    Layers = 6,
                    Heads = 6,
                    VocabularySize = Vocabulary - 3,
                },
                VocabularySize = Vocabulary,
                ImageToken = ImageToken,
                Attention = mode,
            });
            int[] prompt = [.. Enumerable.Range(0, 80).Select(place => place is 20 or 30 ? ImageToken : place)];
            ReadOnlyMemory<byte>[] images = [new byte[72 * 72 * 3], new byte[72 * 72 * 3]];
            double seconds = double.MaxValue, processorSeconds = double.MaxValue;
            for (int round = 0; round < Rounds; round++)
            {
                using ModelSession session = new ModelSession(model);
                session.Append(prompt, images);
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
