using VisualChat.Gpu.Results;

namespace VisualChat.Integration.Tests.Gpu;

/// <summary>The table that goes into docs/gpu.md.</summary>
public sealed class ResultTableTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Figures_have_their_units_and_limits_and_steps_say_how_they_ended()
    {
        string file = _folder.Write("results.jsonl", """
            {"step":"environment","what":"card","text":"A | B"}
            {"step":"updates","what":"an update","value":0.23456,"unit":"s"}
            {"step":"updates","what":"share","value":0.45,"at_least":0.5}
            {"step":"updates","exit":124,"seconds":70.04,"limit":70}
            {"step":"generation","seconds":0,"limit":50}
            {"step":"parity","what":"loss","value":"NaN","at_most":0.0001}
            {"step":"par
            """);
        var results = new ResultFile(file);
        ResultTable.Of(results.Measurements(), results.Steps(), "A card").Should().Be("""
            ### A card

            | step | what | measured | | limit |
            | --- | --- | ---: | --- | --- |
            | environment | card | A \| B | | |
            | updates | an update | 0.235 | s | |
            | | share | 0.450 | | **not met** >= 0.500 |
            | parity | loss | NaN | | **not met** <= 1.0e-4 |

            | step | ended | seconds | of |
            | --- | --- | ---: | ---: |
            | updates | stopped: its time was up | 70.0 | 70 |
            | generation | not started | 0.0 | 50 |

            """);
    }
}
