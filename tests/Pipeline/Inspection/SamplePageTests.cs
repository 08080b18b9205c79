using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using VisualChat.Pipeline.Inspection;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Tests.Inspection;

public sealed partial class SamplePageTests
{
    private const string Attack =
        "</script><script>alert(1)</script><img src=x onerror=\"alert(1)\"> <!-- & ' @@DATA@@ \u2028";

    [Fact]
    public async Task Text_that_looks_like_markup_stays_data()
    {
        SampleRow row = InspectedRows.Asking(Attack) with { Id = Attack, Sources = [Attack] };

        string page = await WriteAsync("</title><script>alert(1)</script>", row);

        Regex.Count(page, "<script", RegexOptions.IgnoreCase)
            .Should().Be(2, "the data block and the page's own script");
        Regex.Count(page, "</script", RegexOptions.IgnoreCase).Should().Be(2);
        page.Should().NotContain("<img").And.NotContain("onerror=\"alert");
        using JsonDocument data = DataOf(page);
        JsonElement sample = data.RootElement.GetProperty("samples")[0];
        sample.GetProperty("id").GetString().Should().Be(Attack);
        sample.GetProperty("turns")[0].GetProperty("question").GetString().Should().Be(Attack);
        sample.GetProperty("sources")[0].GetString().Should().Be(Attack);
    }

    [Fact]
    public async Task The_page_loads_nothing_and_its_policy_allows_nothing_but_its_own_script()
    {
        string page = await WriteAsync("shards", InspectedRows.Joined);

        string loads = "https?://|url\\(|@import|srcset|fetch\\(|XMLHttpRequest";
        string runs = "innerHTML|insertAdjacentHTML|document\\.write|eval\\(";
        Regex.IsMatch(page, $"{loads}|{runs}").Should().BeFalse();
        page.Should().Contain("default-src 'none'; img-src data:;");
        page.Should().Contain($"style-src '{HashOf(Style().Match(page).Groups[1].Value)}'");
        page.Should().Contain($"script-src '{HashOf(Script().Match(page).Groups[1].Value)}'");
    }

    [Fact]
    public async Task Data_are_the_samples_with_each_picture_once()
    {
        string page = await WriteAsync("shards", InspectedRows.Joined, InspectedRows.Joined with { Id = "second" });

        using JsonDocument data = DataOf(page);
        data.RootElement.GetProperty("images").EnumerateArray().Should().HaveCount(2)
            .And.OnlyContain(image => image.GetString()!.StartsWith("data:image/jpeg;base64,/9j/"));
        data.RootElement.GetProperty("sources").GetRawText().Should().Be("""["llava","otter_mimicit_cgd"]""");
        data.RootElement.GetProperty("total").GetInt32().Should().Be(9);
        JsonElement second = data.RootElement.GetProperty("samples")[1];
        second.GetProperty("index").GetInt32().Should().Be(1);
        second.GetProperty("trainedTokens").GetInt32().Should().Be(6);
        second.GetProperty("images").GetRawText().Should().Be(
            """[{"path":"coco/train2017/000000000009.jpg","picture":0},"""
            + """{"path":"coco/train2017/000000000025.jpg","picture":1}]""");
    }

    [Fact]
    public async Task An_image_that_does_not_decode_says_why_in_its_place()
    {
        var broken = new RowImage(new byte[] { 1, 2, 3 }, "broken.jpg");
        SampleRow row = InspectedRows.Joined with { Images = [broken, InspectedRows.Joined.Images[1]] };

        using JsonDocument data = DataOf(await WriteAsync("shards", row));

        JsonElement image = data.RootElement.GetProperty("samples")[0].GetProperty("images")[0];
        image.GetProperty("problem").GetString().Should().StartWith("not-an-image");
    }

    private static async Task<string> WriteAsync(string title, params SampleRow[] rows)
    {
        using var file = new MemoryStream();
        IAsyncEnumerable<(int Index, SampleRow Row)> numbered =
            rows.Select((row, index) => (index, row)).ToAsyncEnumerable();
        int count = await SamplePage.WriteAsync(file, title, "train", 9, numbered, 2, default);
        count.Should().Be(rows.Length);
        return Encoding.UTF8.GetString(file.ToArray());
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
