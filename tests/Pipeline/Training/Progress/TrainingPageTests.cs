using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Tests.Training.Progress;

public sealed partial class TrainingPageTests : IDisposable
{
    private const string Attack =
        "</script><script>alert(1)</script><img src=x onerror=\"alert(1)\"> <!-- & ' @@DATA@@ \u2028";

    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_page_has_the_run_s_figures()
    {
        string page = Write(
            "quickstart",
            "name: quickstart",
            Figures.Evaluation(0, loss: 3),
            Figures.Step(1, loss: 2.5),
            Figures.Step(2, double.NaN) with { Skipped = "the loss is not finite" },
            Figures.Evaluation(2, loss: 2.75));

        page.Should().Contain("<title>quickstart: training</title>");
        using JsonDocument data = DataOf(page);
        data.RootElement.GetProperty("facts").GetRawText().Should().Be(
            """[["updates","2 of 20"],["epoch","1 of 2"],["samples","8"],["images","12"],["labels","80"],"""
            + """["time in updates","1 s"],["tokens a second","800"],["device waited","2.0 %"],"""
            + """["updates skipped","1"],["best evaluation","2.7500 at 2"]]""");
        data.RootElement.GetProperty("charts")[0].GetRawText().Should().Be(
            """{"title":"Loss","unit":"nats a label","fromZero":false,"logarithmic":false,"first":"""
            + """[1,2],"last":[1,2],"low":[2.5,null],"high":[2.5,null],"line":[2.5,2.5]}""");
        data.RootElement.GetProperty("charts").EnumerateArray()
            .Select(chart => chart.GetProperty("title").GetString())
            .Should().Equal("Loss", "Learning rate", "Gradient norm", "Tokens a second");
        data.RootElement.GetProperty("evaluations")[1].GetRawText().Should().Be(
            """{"step":2,"loss":2.75,"labels":1200,"samples":30,"best":true}""");
        data.RootElement.GetProperty("skipped").GetRawText().Should().Be(
            """[{"step":2,"reason":"the loss is not finite"}]""");
        data.RootElement.GetProperty("recipe").GetString().Should().Be("name: quickstart");
    }

    [Fact]
    public void Text_that_looks_like_markup_stays_text()
    {
        string page = Write("</title><script>alert(1)</script>", Attack, Figures.Step(1) with { Skipped = Attack });

        Regex.Count(page, "<script", RegexOptions.IgnoreCase).Should()
            .Be(2, "the data block and the page's own script");
        Regex.Count(page, "</script", RegexOptions.IgnoreCase).Should().Be(2);
        page.Should().NotContain("<img").And.NotContain("onerror=\"alert");
        using JsonDocument data = DataOf(page);
        data.RootElement.GetProperty("recipe").GetString().Should().Be(Attack);
        data.RootElement.GetProperty("skipped")[0].GetProperty("reason").GetString().Should().Be(Attack);
    }

    [Fact]
    public void The_page_loads_nothing_and_its_policy_allows_nothing_but_its_own_script()
    {
        string page = Write("quickstart", "name: quickstart", Figures.Step(1));

        const string loading = "https?:|url\\(|@import|srcset|fetch\\(|XMLHttpRequest";
        const string writing = "innerHTML|insertAdjacentHTML|document\\.write|eval\\(";
        Regex.IsMatch(page, $"{loading}|{writing}").Should().BeFalse();
        page.Should().Contain("default-src 'none'; style-src 'sha256-");
        page.Should().Contain($"style-src '{HashOf(Style().Match(page).Groups[1].Value)}'");
        page.Should().Contain($"script-src '{HashOf(Script().Match(page).Groups[1].Value)}'");
    }

    [Fact]
    public void A_page_of_many_thousand_updates_stays_small()
    {
        IEnumerable<StepFigures> steps =
            Enumerable.Range(1, 20000).Select(step => Figures.Step(step, loss: 1 + 1.0 / step));

        string page = Write("long", "name: long", [.. steps]);

        page.Length.Should().BeLessThan(150_000);
    }

    [Fact]
    public void A_run_without_updates_has_a_page()
    {
        TrainingPage.Write(_folder, "begun", "name: begun");

        using JsonDocument data = DataOf(File.ReadAllText(TrainingPage.PathIn(_folder)));
        data.RootElement.GetProperty("facts").GetArrayLength().Should().Be(0);
    }

    [Fact]
    public void Every_checkpoint_redraws_the_page()
    {
        using TrainingLog log = TrainingLog.Start(_folder);
        using var page = new TrainingPage(_folder, "run", "name: run");
        using var watchers = new TrainingWatchers([log, page]);

        watchers.Observe(Figures.Step(1));
        File.Exists(TrainingPage.PathIn(_folder)).Should().BeFalse();
        watchers.Observe(new CheckpointWritten(1, "there"));

        File.ReadAllText(TrainingPage.PathIn(_folder)).Should().Contain("[\"updates\",\"1 of 20\"]");
    }

    private string Write(string name, string recipe, params TrainingEvent[] events)
    {
        using (TrainingLog log = TrainingLog.Start(_folder))
        {
            foreach (TrainingEvent happened in events)
                log.Observe(happened);
        }

        TrainingPage.Write(_folder, name, recipe);
        return File.ReadAllText(TrainingPage.PathIn(_folder));
    }

    private static JsonDocument DataOf(string page) => JsonDocument.Parse(Data().Match(page).Groups[1].Value);

    private static string HashOf(string text) =>
        $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    [GeneratedRegex("<script type=\"application/json\" id=\"data\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Data();

    [GeneratedRegex("<script>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
