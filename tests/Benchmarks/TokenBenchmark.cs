using System.Diagnostics;
using System.Text;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Tokens;
using LlamaTokenizer = Microsoft.ML.Tokenizers.LlamaTokenizer;

namespace VisualChat.Benchmarks;

/// <summary>
/// Tokens a second on one core, this program's encoder beside Microsoft.ML.Tokenizers, over the
/// lines of a text: <c>dotnet run -c Release --project tests/Benchmarks -- tokens MODEL [TEXT]</c>.
/// </summary>
internal static class TokenBenchmark
{
    private const double SecondsARound = 1.0;
    private const int Rounds = 5;

    public static void Run(string[] args)
    {
        if (args.Length is < 1 or > 2)
        {
            Console.Error.WriteLine("Usage: tokens MODEL [TEXT]");
            return;
        }

        string[] lines = args.Length == 2 ? File.ReadAllLines(args[1]) : BuiltInLines();
        SentencePieceTokenizer ours = SentencePieceTokenizer.Load(args[0]);
        LlamaTokenizer theirs;
        using (FileStream model = File.OpenRead(args[0]))
            theirs = LlamaTokenizer.Create(model, addBeginOfSentence: false, addEndOfSentence: false);

        long characters = lines.Sum(line => (long)line.Length);
        Console.WriteLine(
            $"{lines.Length:N0} lines, {characters:N0} characters. Other ids from Microsoft.ML.Tokenizers:");
        Console.WriteLine($"  {Differing(ours, theirs, lines):N0} lines alone");
        string[] questions = Array.ConvertAll(lines, line => $"\n\n### Question:\n{line}\n\n### Answer:\n");
        Console.WriteLine($"  {Differing(ours, theirs, questions):N0} lines as a round's question");
        Console.WriteLine();
        Console.WriteLine($"{"",-26}{"M tokens/s",12}{"bytes/token",14}");

        // Words too long for the cache: what merging itself costs.
        string[] longWords = Array.ConvertAll(lines, line => line.Replace(" ", ""));
        var ids = new List<int>();
        Measure oursUsual = default;
        Measure oursFirst = default;
        Measure oursUncached = default;
        Measure library = default;

        // One after the other, best of each, so that another program's load falls on all alike.
        for (int round = 0; round < Rounds; round++)
        {
            oursUsual = Best(oursUsual, Time(() => EncodeAll(ours, lines, ids)));
            oursFirst = Best(oursFirst, TimeFirst(SentencePieceTokenizer.Load(args[0]), lines, ids));
            oursUncached = Best(oursUncached, Time(() => EncodeAll(ours, longWords, ids)));
            library = Best(library, Time(() => lines.Sum(line => (long)theirs.EncodeToIds(line).Count)));
        }

        Print("ours", oursUsual);
        Print("ours, empty cache", oursFirst);
        Print("ours, without spaces", oursUncached);
        Print("Microsoft.ML.Tokenizers", library);
        Console.WriteLine($"{"ours / library",-26}{oursUsual.TokensASecond / library.TokensASecond,12:F1}");
    }

    /// <summary>
    /// Conversations in words of a fixed random draw, some frequent, some rare, as text has them.
    /// </summary>
    private static string[] BuiltInLines()
    {
        string[] words = """
            the a of is in and on there with to image what it are two man standing person next while near can be seen
            black white red one street people wearing table sitting several holding large background front small scene
            dog cat car bicycle bench umbrella skateboard surfboard giraffe zebra elephant traffic intersection kitchen
            refrigerator microwave sandwich broccoli ### Question: Answer: Image 1: suggests atmosphere activity
            enjoying possibly additionally throughout various visible
            """.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var draw = new KeyedRandom(1, "benchmark", 0, "words");
        string[] lines = new string[2_000];
        for (int line = 0; line < lines.Length; line++)
        {
            var text = new StringBuilder();
            for (int word = 0; word < 60; word++)
            {
                int drawn = (int)(words.Length * Math.Pow(draw.NextDouble(), 2));
                text.Append(words[drawn]).Append(word % 12 == 11 ? ". " : " ");
            }

            lines[line] = text.ToString();
        }

        return lines;
    }

    private static int Differing(SentencePieceTokenizer ours, LlamaTokenizer theirs, string[] texts) =>
        texts.Count(text => !Encode(ours, text).SequenceEqual(theirs.EncodeToIds(text)));

    private static List<int> Encode(SentencePieceTokenizer tokenizer, string line)
    {
        var ids = new List<int>();
        tokenizer.Encode(line, ids);
        return ids;
    }

    private static long EncodeAll(SentencePieceTokenizer tokenizer, string[] lines, List<int> ids)
    {
        long tokens = 0;
        foreach (string line in lines)
        {
            ids.Clear();
            tokenizer.Encode(line, ids);
            tokens += ids.Count;
        }

        return tokens;
    }

    private static Measure Time(Func<long> encodeAll)
    {
        long tokens = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        do
            tokens += encodeAll();
        while (clock.Elapsed.TotalSeconds < SecondsARound);
        return Measure.Of(tokens, clock.Elapsed, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>
    /// One pass by a tokenizer that has met no word yet; its cache is part of what is allocated.
    /// </summary>
    private static Measure TimeFirst(SentencePieceTokenizer tokenizer, string[] lines, List<int> ids)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var clock = Stopwatch.StartNew();
        long tokens = EncodeAll(tokenizer, lines, ids);
        return Measure.Of(tokens, clock.Elapsed, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static Measure Best(Measure one, Measure other) => one.TokensASecond > other.TokensASecond ? one : other;

    private static void Print(string name, Measure measure) =>
        Console.WriteLine($"{name,-26}{measure.TokensASecond / 1e6,12:F2}{measure.BytesAToken,14:F2}");

    private readonly record struct Measure(double TokensASecond, double BytesAToken)
    {
        public static Measure Of(long tokens, TimeSpan taken, long allocatedBytes) =>
            new(tokens / taken.TotalSeconds, (double)allocatedBytes / tokens);
    }
}
