using TorchSharp;
using VisualChat.Gpu.Natives;
using VisualChat.Model;
using VisualChat.Model.Aten;
using VisualChat.Model.Attention;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Gpu.Steps;

/// <summary>
/// Loads libtorch and the bridge, and calls what could break where they do not fit: an operator
/// through the C interface, and a gradient of our own in the middle of libtorch's (a recomputed
/// layer).
/// </summary>
internal static class BridgeStep
{
    private const string Step = "bridge";

    public static void Run(RunOptions options)
    {
        TorchNatives.EnsureLoadable();
        using DisposeScope scope = NewDisposeScope();
        Device device = torch.device(options.Device);
        Tensor x = Uniform([6, 4, 8, 32]).to(device);
        if (options.IsGpu)
        {
            Text("GPUs that libtorch sees", $"{cuda.device_count()}");
            Text("CUDA runtime", CudaVersions.Runtime ?? "not found");
            Text("cuDNN", CudaVersions.Cudnn ?? "not loaded yet");
        }

        Text("C interface", AtenLibrary.IsAvailable ? "there" : "not there: compositions are used");
        if (AtenLibrary.IsAvailable)
        {
            Tensor weight = Uniform([32]).to(device);
            Tensor norm = AtenOperators.FusedRmsNorm(x, weight, 1e-6);
            using Scalar epsilon = 1e-6;
            Tensor length = (x * x).mean([-1], keepdim: true).add(epsilon).sqrt();
            Close("RMS norm in one kernel", norm, x / length * weight);

            Tensor key = Uniform([6, 2, 8, 32]).to(device);
            Tensor grouped = AtenOperators.GroupedQueryAttention(x, key, key, isCausal: true);
            Tensor repeated = key.repeat_interleave(2, 1);
            Tensor plain = nn.functional.scaled_dot_product_attention(x, repeated, repeated, is_casual: true);
            Close("attention with grouped queries", grouped, plain);
        }

        ModelDescription description = SmallModel.Describe(keyValueHeads: 2);
        string weights = Path.Combine(options.Work, "bridge-model");
        SmallModel.Write(description, weights);
        using ChatModel model =
            SmallModel.Open(description, weights, AttentionMode.Mmca, ScalarType.Float32, options.Device);
        ModelSample sample = SmallModel.Sample("tvtttvtttt");
        var kept = SmallModel.Gradients(model, sample, isRecomputed: false).Gradients;
        var recomputed = SmallModel.Gradients(model, sample, isRecomputed: true).Gradients;
        foreach ((string name, Tensor gradient) in recomputed)
            Close($"recomputed gradient of {name}", gradient, kept[name]);

        void Text(string what, string text) => options.Results.Add(new() { Step = Step, What = what, Text = text });

        void Close(string what, Tensor found, Tensor expected) => options.Results.Add(new()
        {
            Step = Step,
            What = what,
            Value = Difference(found, expected),
            Unit = "relative",
            AtMost = 1e-5,
        });
    }

    private static Tensor Uniform(long[] shape)
    {
        using var generator = new Generator(5);
        return rand(shape, dtype: ScalarType.Float32, generator: generator);
    }

    private static double Difference(Tensor found, Tensor expected)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor wide = expected.detach().to(ScalarType.Float64);
        Tensor apart = found.detach().to(ScalarType.Float64).Plus(wide.neg());
        return apart.norm().cpu().item<double>() / wide.norm().cpu().item<double>();
    }
}
