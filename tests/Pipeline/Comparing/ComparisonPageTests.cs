using System.Text.Json;
using System.Text.RegularExpressions;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Comparing;

namespace VisualChat.Pipeline.Tests.Comparing;

public sealed partial class ComparisonPageTests : IDisposable
{
    private const string Attack = "</script><script>alert(1)</script><img src=x onerror=\"alert(1)\"> <!-- & '";

    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_has_the_results_of_each_variant_and_a_line_for_each_in_each_chart()
    {
        JsonElement data = DataOf(Write(Reports.Of()));

        data.GetProperty("facts").GetRawText().Should().Be(
            """[["model.attention","mmca, causal"],["seeds","5, 6"],["runs finished","4 of 4"],"""
            + """["samples a run","60 in 10 updates"],["device","cpu"]]""");
        JsonElement mmca = data.GetProperty("variants")[0];
        mmca.GetProperty("loss").GetRawText().Should().Be("""{"mean":1.25,"deviation":0.353553,"count":2}""");
        mmca.GetProperty("right").GetRawText().Should().Be("""{"mean":0.75,"deviation":0.353553,"count":2}""");
        mmca.GetProperty("trained").GetInt64().Should().Be(1234);
        data.GetProperty("variants")[1].GetProperty("diverged").GetInt32().Should().Be(1);
        data.GetProperty("charts").EnumerateArray().Select(chart => chart.GetProperty("title").GetString())
            .Should().Equal("Evaluation loss", "Tokens right", "Held-out questions right");
        data.GetProperty("charts")[0].GetProperty("lines").GetRawText().Should().Be(
            """[[{"samples":0,"mean":4,"deviation":1.41421,"count":2},"""
            + """{"samples":60,"mean":1.25,"deviation":0.353553,"count":2}],"""
            + """[{"samples":0,"mean":3.75,"deviation":0.353553,"count":2},"""
            + """{"samples":60,"mean":2,"deviation":null,"count":1}]]""");
        data.GetProperty("forms")[0].GetRawText().Should().Be(
            """{"form":"picture","asked":1,"blind":0,"right":[{"mean":1,"deviation":0,"count":2},"""
            + """{"mean":1,"deviation":null,"count":1}]}""");
    }

    [Fact]
    public void Data_without_held_out_questions_has_no_chart_of_them()
    {
        JsonElement data = DataOf(Write(Reports.Of(hasQuestions: false)));

        data.GetProperty("charts").EnumerateArray().Select(chart => chart.GetProperty("title").GetString())
            .Should().Equal("Evaluation loss", "Tokens right");
        data.GetProperty("forms").GetArrayLength().Should().Be(0);
    }

    [Fact]
    public void A_conversation_has_its_pictures_and_the_answer_of_each_variants_first_seed()
    {
        var image = new ChatImage(new byte[24 * 24 * 3], "digest", "a.jpg");
        ShownConversation[] shown =
        [
            new("one", "held out of llava", [image], [new ShownRound("What is it?", 1, "A box.", IsExact: false)]),
            new("picture-000001", "world", [image], [new ShownRound("Which color?", 1, "red", IsExact: true)]),
        ];

        JsonElement data = DataOf(Write(Reports.Of("Some words."), shown));

        data.GetProperty("pictures").GetArrayLength().Should().Be(1, "a picture is in the page once");
        data.GetProperty("pictures")[0].GetString().Should().StartWith("data:image/jpeg;base64,");
        data.GetProperty("conversations")[0].GetProperty("rounds")[0].GetRawText().Should().Be(
            """{"question":"What is it?","expected":"A box.","exact":false,"pictures":[0],"answers":["""
            + """{"text":"Some words."},{"text":"Some words."}]}""");
        data.GetProperty("conversations")[1].GetProperty("rounds")[0].GetProperty("answers").GetRawText().Should().Be(
            """[{"text":"red","right":true},{"text":"red","right":true}]""");
    }

    [Fact]
    public void Text_that_looks_like_markup_stays_text()
    {
        ShownConversation[] shown = [new("one", Attack, [], [new ShownRound(Attack, 0, Attack, IsExact: false)])];

        string page = Write(Reports.Of(Attack), shown);

        Regex.Count(page, "<script", RegexOptions.IgnoreCase).Should()
            .Be(2, "the data block and the page's own script");
        page.Should().NotContain("<img").And.NotContain("onerror=\"alert");
        DataOf(page).GetProperty("conversations")[0].GetProperty("rounds")[0].GetProperty("answers")[0]
            .GetProperty("text").GetString().Should().Be(Attack);
    }

    [Fact]
    public void The_page_loads_nothing_and_writes_no_markup()
    {
        string page = Write(Reports.Of());

        const string loading = "https?:|url\\(|@import|srcset|fetch\\(|XMLHttpRequest";
        const string writing = "innerHTML|insertAdjacentHTML|document\\.write|eval\\(";
        Regex.IsMatch(page, $"{loading}|{writing}").Should().BeFalse();
        page.Should().Contain("default-src 'none'; img-src data:; style-src 'sha256-");
    }

    [Fact]
    public void A_comparison_that_has_not_begun_has_a_page()
    {
        ComparisonReport report = Reports.Of();
        RunReport[] none = [.. report.Plan.Runs.Select(run => new RunReport(run, null, [], null))];

        JsonElement data = DataOf(Write(report with { Runs = none }));

        data.GetProperty("charts").GetArrayLength().Should().Be(0);
        data.GetProperty("commonLoss").ValueKind.Should().Be(JsonValueKind.Null);
        data.GetProperty("runs")[0].GetProperty("ending").GetString().Should().Be("not begun");
    }

    private string Write(ComparisonReport report, params ShownConversation[] shown)
    {
        ComparisonPage.Write(report, shown, _folder);
        return File.ReadAllText(ComparisonPage.PathIn(_folder));
    }

    private static JsonElement DataOf(string page) =>
        JsonDocument.Parse(Data().Match(page).Groups[1].Value).RootElement;

    [GeneratedRegex("<script type=\"application/json\" id=\"data\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Data();
}
