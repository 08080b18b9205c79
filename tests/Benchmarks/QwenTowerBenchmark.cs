using System.Diagnostics;
using TorchSharp;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Benchmarks;

/// <summary>
/// Qwen-VL's encoder of the true sizes on a CPU: <c>tower FOLDER [ROUNDS]</c> writes random weights
/// in bf16 (3.8 GB, kept for the next run), loads them, and encodes one image, in turn with the
/// bare matrix products of the same weights. Other work on the machine hits both alike, so the
/// median of the rounds' ratios is what counts.
/// </summary>
internal static class QwenTowerBenchmark
{
    private static readonly QwenVisionConfig Config = new();

    public static int Run(string[] args)
    {
        if (args.Length < 1)
        {
            Console.Error.WriteLine("Usage: tower FOLDER [ROUNDS]");
            return 2;
        }

        int rounds = args.Length > 1 ? int.Parse(args[1]) : 5;
        TorchNatives.EnsureLoadable();
        WriteTower(args[0]);

        var watch = Stopwatch.StartNew();
        var request = new ParameterRequest
        {
            Sources = [VisionTowerConfig.Read(args[0]).Source(args[0])],
            Trainable = ModelPart.None,
            ComputeType = ScalarType.BFloat16,
            Seed = 1,
        };
        using ParameterSet parameters = ParameterLoader.Load(request, CPU);
        using VisionTower tower = Config.Tower(parameters);
        Console.WriteLine($"loaded in {watch.Elapsed.TotalSeconds:F2} s: "
            + $"{parameters.Names.Sum(name => parameters[name].numel()):N0} parameters");

        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        int side = Config.ImageSize;
        Tensor pixels = randn([1, ClipNormalization.Channels, side, side], dtype: ScalarType.BFloat16);
        Console.WriteLine($"first image, with the pages of the weights: {Seconds(() => Encode(tower, pixels)):F1} s");
        WriteRest();
        List<double> ratios = [], weightRatios = [];
        for (int round = 0; round < rounds; round++)
        {
            // In one order, then in the other: load that comes or goes hits both alike.
            double products = 0, whole = 0;
            Action[] both =
            [
                () => products = Seconds(() => Products(parameters, withAttention: true)),
                () => whole = Seconds(() => Encode(tower, pixels)),
            ];
            foreach (Action one in round % 2 == 0 ? both : both.Reverse())
                one();
            double own = Seconds(() => Products(parameters, withAttention: false));
            Console.WriteLine($"round {round + 1}: an image {whole:F2} s; products {products:F2} s, "
                + $"of weights alone {own:F2} s");
            ratios.Add(whole / products);
            weightRatios.Add(whole / own);
        }

        Console.WriteLine($"median: an image takes {Median(ratios):F2} times its matrix products, "
            + $"{Median(weightRatios):F2} times those of its weights");
        return 0;
    }

    // What an image costs beside the products of its weights: each operation of a block alone, for
    // all blocks.
    private static void WriteRest()
    {
        using DisposeScope scope = NewDisposeScope();
        long width = Config.HiddenSize, patches = PatchesOf(Config), heads = Config.Heads, size = width / heads;
        Tensor x = randn([1, patches, width], dtype: ScalarType.BFloat16);
        Tensor wide = randn([1, patches, Config.IntermediateSize], dtype: ScalarType.BFloat16);
        Tensor joined = randn([1, patches, heads, 3, size], dtype: ScalarType.BFloat16).permute(3, 0, 2, 1, 4);
        Tensor scale = ones([width], dtype: ScalarType.BFloat16), shift = zeros([width], dtype: ScalarType.BFloat16);
        Write("two norms", () => nn.functional.layer_norm(x, [width], scale, shift, 1e-6), times: 2);
        Write("GELU", () => nn.functional.gelu(wide));
        Write("two sums", () => x.Plus(x), times: 2);
        Write("attention", () => nn.functional.scaled_dot_product_attention(
            joined.select(0, 0), joined.select(0, 1), joined.select(0, 2)));
        Write("its two products alone", () => Attend(heads, patches, patches, size));
        Write("heads side by side", () => joined.select(0, 0).transpose(1, 2).flatten(2));

        static void Write(string what, Func<Tensor> operation, int times = 1)
        {
            const int Repeats = 9;
            double[] seconds = [.. Enumerable.Range(0, Repeats).Select(_ => Seconds(() => operation().Dispose()))];
            Console.WriteLine($"  {what}: {times * Config.Layers * Median(seconds):F2} s an image");
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] ordered = [.. values.Order()];
        return (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
    }

    private static void Encode(VisionTower tower, Tensor pixels) => tower.Features(pixels).Dispose();

    // Every product of one image and nothing else: the maps, and both products of each attention.
    private static void Products(ParameterSet parameters, bool withAttention)
    {
        using DisposeScope scope = NewDisposeScope();
        long width = Config.HiddenSize, output = Config.OutputSize, patches = PatchesOf(Config);
        Tensor x = zeros([patches, width], dtype: ScalarType.BFloat16);
        Tensor wide = zeros([patches, Config.IntermediateSize], dtype: ScalarType.BFloat16);
        Tensor read = zeros([patches, output], dtype: ScalarType.BFloat16);
        Tensor queries = zeros([Config.Queries, output], dtype: ScalarType.BFloat16);
        Tensor image = zeros([1, 3, Config.ImageSize, Config.ImageSize], dtype: ScalarType.BFloat16);
        long[] strides = [Config.PatchSize, Config.PatchSize];
        nn.functional.conv2d(image, parameters["vis_encoder.conv1.weight"], strides: strides).Dispose();
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            string name = $"vis_encoder.{QwenParameters.Blocks}{layer}.";
            Multiply(x, name + "attn.in_proj.weight");
            Multiply(x, name + "attn.out_proj.weight");
            Multiply(x, name + "mlp.c_fc.weight");
            Multiply(wide, name + "mlp.c_proj.weight");
            if (withAttention)
                Attend(Config.Heads, patches, patches, width / Config.Heads).Dispose();
        }

        Multiply(x, "vis_encoder.attn_pool.kv_proj.weight");
        Tensor inProjection = parameters["vis_encoder.attn_pool.attn.in_proj_weight"];
        for (int part = 1; part < 3; part++)
            nn.functional.linear(read, inProjection.narrow(0, part * output, output)).Dispose();
        Multiply(queries, "vis_encoder.attn_pool.attn.out_proj.weight");
        if (withAttention)
            Attend(Config.PoolHeads, Config.Queries, patches, QwenVisionConfig.PoolHeadSize).Dispose();

        void Multiply(Tensor rows, string weight) => nn.functional.linear(rows, parameters[weight]).Dispose();
    }

    private static Tensor Attend(long heads, long rows, long columns, long headSize)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor queries = zeros([heads, rows, headSize], dtype: ScalarType.BFloat16);
        Tensor keys = zeros([heads, columns, headSize], dtype: ScalarType.BFloat16);
        return queries.bmm(keys.transpose(1, 2)).bmm(keys).MoveToOuterDisposeScope();
    }

    private static long PatchesOf(QwenVisionConfig config)
    {
        long side = config.ImageSize / config.PatchSize;
        return side * side;
    }

    private static double Seconds(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    }

    // Every tensor is a piece of one block of random numbers: encoding costs the same whatever the
    // weights are.
    private static void WriteTower(string folder)
    {
        if (File.Exists(Path.Combine(folder, ModelConfig.FileName)))
            return;
        Directory.CreateDirectory(folder);
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(1);
        using Scalar deviation = 0.02;
        ParameterSpec[] specs = [.. QwenParameters.All(Config)];
        Tensor block = randn([specs.Max(Count)], generator: generator).mul(deviation).to(ScalarType.BFloat16);
        (string, Tensor)[] tensors =
            [.. specs.Select(spec => (spec.NameInFolder, block.narrow(0, 0, Count(spec)).view(spec.Shape)))];
        ModelExport.WriteTensors(folder, tensors, ScalarType.BFloat16, ModelExport.DefaultFileBytes);
        File.WriteAllText(Path.Combine(folder, ModelConfig.FileName), ModelConfig.VisionJson(Config));

        static long Count(ParameterSpec spec) => spec.Shape.Aggregate(1L, (product, size) => product * size);
    }
}
