using VisualChat.Gpu;
using VisualChat.Gpu.Results;
using VisualChat.Gpu.Steps;

namespace VisualChat.Integration.Tests.Gpu;

/// <summary>The oracle of losses and gradients finds what is wrong.</summary>
public sealed class OracleTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [GpuRunFact]
    public void Its_losses_and_gradients_are_the_models_own_and_not_those_of_another_attention()
    {
        var results = new ResultFile(_folder.File("results.jsonl"));
        OracleStep.Run(new RunOptions
        {
            Results = results,
            Device = "cpu",
            IsSmall = true,
            Work = _folder.Path,
            Packed = "",
        });
        Compare().ShouldExitWith(0);
        results.Measurements().Should().HaveCount(64).And.OnlyContain(row => row.IsMet && row.AtMost <= 0.1);
        results.Measurements().Select(row => row.What).Should().Contain("mmca, no image, float32: loss");

        string another = _folder.File("oracle/00-float32/case.json");
        string text = File.ReadAllText(another);
        text.Should().Contain("\"attention\":\"mmca\"");
        File.WriteAllText(another, text.Replace("\"attention\":\"mmca\"", "\"attention\":\"causal\""));
        Compare().ShouldExitWith(1);
        results.Measurements().Where(row => !row.IsMet).Should().HaveCount(2)
            .And.OnlyContain(row => row.What.StartsWith("mmca, several images, float32: "));
    }

    private ProgramResult Compare()
    {
        string oracle = RepositoryFolder.File("tests/Gpu/oracle.py");
        return GpuRun.Run(_folder, GpuRun.Python!, oracle, _folder.File("oracle"), _folder.File("results.jsonl"));
    }
}
