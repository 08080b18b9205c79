using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Gpu.Steps;

/// <summary>
/// Five updates of the quick start between its towers, computed by the device in each attention and
/// type, with and without recomputed layers, beside the same updates in float32 on the CPU. An
/// update's loss depends on all updates before it, so gradients and optimizer are compared too.
/// </summary>
internal static class ParityStep
{
    private const string Step = "parity";
    private const int Updates = 5;

    // AdamW's first updates move every weight by the rate, whatever its gradient's size, and the
    // sign of a small gradient is what rounding decides.
    private const double Rate = 1e-4;

    private static readonly (ScalarType Type, string Name, double LossAtMost)[] Types =
    [
        (ScalarType.Float32, "float32", 1e-4),
        (ScalarType.BFloat16, "bf16", 1e-2),
        (ScalarType.Float16, "fp16", 1e-2),
    ];

    public static void Run(RunOptions options)
    {
        TorchNatives.EnsureLoadable();
        PackedQuickStart packed = PackedQuickStart.Open(options);
        IReadOnlyList<MicroBatch[]> updates = packed.TakeUpdates(Updates);
        foreach (AttentionMode mode in Enum.GetValues<AttentionMode>())
        {
            ModelDescription described = packed.Description with
            {
                Attention = mode,
                CrossAttention = new CrossAttentionConfig { Every = 2 },
                Trainable = packed.Description.Trainable | ModelPart.CrossAttention,
            };
            UpdateResult[] all = Reference(described, updates);
            foreach ((ScalarType type, string name, double most) in Types)
            {
                foreach (bool isRecomputed in new[] { false, true })
                {
                    ModelDescription own = described with { Device = options.Device, ComputeType = type };
                    UpdateResult[] found = Train(own, updates, isRecomputed);
                    int[] taken = [.. Enumerable.Range(0, Updates).Where(index => found[index].Skipped is null)];
                    UpdateResult[] expected = taken.Length == Updates
                        ? all
                        : Reference(described, [.. taken.Select(index => updates[index])]);
                    found = [.. taken.Select(index => found[index])];
                    string what = $"{mode.Name()}, {name}{(isRecomputed ? ", recomputed" : "")}";
                    Add($"{what}: loss", Worst(found, expected, result => result.Loss), most);
                    double length = Worst(found, expected, result => result.GradientNorm);
                    Add($"{what}: gradient's length", length, 10 * most * Steepness(mode));
                    if (taken.Length < Updates)
                        Add($"{what}: updates skipped", Updates - taken.Length, Updates - 1, "updates");
                }
            }
        }

        void Add(string what, double value, double most, string unit = "relative") => options.Results.Add(new()
        {
            Step = Step,
            What = what,
            Value = value,
            Unit = unit,
            AtMost = most,
        });
    }

    // The quick start's towers were trained under mmca. Under one softmax over text and images the
    // loss is steep where they start: 16 bits move its gradient's length by 4 % in fp16 and 17 % in
    // bf16, as many times more as bf16 is coarser, and float32 does not move it.
    private static int Steepness(AttentionMode mode) => mode == AttentionMode.CraCaMask ? 3 : 1;

    // Without the updates that float16's loss scale skipped.
    private static UpdateResult[] Reference(ModelDescription description, IReadOnlyList<MicroBatch[]> updates) =>
        Train(description with { Device = "cpu" }, updates, isRecomputed: false);

    private static UpdateResult[] Train(
        ModelDescription description, IReadOnlyList<MicroBatch[]> updates, bool isRecomputed)
    {
        using ChatModel model = ChatModel.Create(description);
        using var trainer = new Trainer(model, new TrainerSettings
        {
            LearningRate = Rate,
            Schedule = ScheduleKind.Constant,
            Updates = Updates,
            ActivationCheckpointing = isRecomputed,
        });
        return [.. updates.Select(update => trainer.Update(update))];
    }

    private static double Worst(UpdateResult[] found, UpdateResult[] expected, Func<UpdateResult, double> figure) =>
        found.Zip(expected)
            .Select(pair => Math.Abs(figure(pair.First) - figure(pair.Second)) / Math.Abs(figure(pair.Second)))
            .DefaultIfEmpty(double.NaN)
            .Max();
}
