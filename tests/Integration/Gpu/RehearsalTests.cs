using VisualChat.Gpu.Results;

namespace VisualChat.Integration.Tests.Gpu;

/// <summary>
/// The run for a GPU, from packing to its table, on the CPU and with small sizes: a card's minutes
/// are for measuring, not for finding mistakes in scripts.
/// </summary>
[Trait("Category", "Slow")]
public sealed class RehearsalTests : IDisposable
{
    private static readonly string[] Steps =
    [
        "environment",
        "abi",
        "bridge",
        "train",
        "parity",
        "gradients",
        "oracle",
        "ceilings",
        "weights",
        "updates-kept",
        "updates-recomputed",
        "cudnn-first",
        "generation",
        "yardsticks",
    ];

    private static readonly string[] Rows =
    [
        "environment: libstdc++, newest",
        "abi: of them missing",
        "bridge: RMS norm in one kernel",
        "bridge: recomputed gradient of lang_embed.weight",
        "parity: mmca, float32: loss",
        "parity: mmca, bf16, recomputed: loss",
        "parity: causal, fp16: loss",
        "parity: mmca-deepspeed, fp16, recomputed: gradient's length",
        "parity: cra-ca-mask, bf16, recomputed: loss",
        "parity: causal-two-softmaxes, float32: gradient's length",
        "oracle: mmca, several images, float32: loss",
        "oracle: mmca-deepspeed, grouped queries, bf16: loss",
        "oracle: cra-ca-mask, several images, float32: loss",
        "oracle: causal-two-softmaxes, many images, bf16: loss",
        "ceilings: product in bf16",
        "weights: random towers",
        "load: loaded at",
        "updates: 1 samples, kept: share of the card's product rate",
        "updates: 12 samples, recomputed: memory in use",
        "updates: 6 samples, kept: memory in use, of what was foretold",
        "updates: 6 samples, kept: share of the time that the host waits for the device",
        "cudnn-first: update 2 of 6 samples, recomputed",
        "generation: first token after four images and a question",
        "generation: 8 conversations in turn, together",
        "yardsticks: PyTorch",
    ];

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [GpuRunFact]
    public void Every_step_runs_every_limit_is_met_and_the_table_has_every_row()
    {
        string unpacked = GpuRun.Pack(_folder);
        string[] run =
        [
            Path.Combine(unpacked, "run.sh"),
            "--device", "cpu", "--small", "--libtorch", GpuRun.Libtorch(_folder), "--out", _folder.File("out"),
        ];
        ProgramResult ended = GpuRun.Run(_folder, "bash", run);
        var results = new ResultFile(_folder.File("out/results.jsonl"));
        string log = File.ReadAllText(_folder.File("out/log.txt"));
        results.Steps().Select(step => step.Step).Should().Equal(Steps);
        results.Steps().Should().OnlyContain(step => step.Exit == 0, "the log is:\n{0}", log);
        results.Measurements().Should().OnlyContain(row => row.IsMet);
        results.Measurements().Select(row => $"{row.Step}: {row.What}").Should().Contain(Rows);
        string table = File.ReadAllText(_folder.File("out/table.md"));
        foreach (Measurement row in results.Measurements())
            table.Should().Contain($"| {row.What} |");
        ended.ShouldExitWith(0).Output.Should().Contain("say nothing of a GPU");
    }
}
