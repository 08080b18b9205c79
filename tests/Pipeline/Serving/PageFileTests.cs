using System.Net;
using System.Text.RegularExpressions;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>The chat page's files, as the server sends them.</summary>
public sealed class PageFileTests
{
    [Fact]
    public async Task The_page_brings_all_it_needs_and_its_policy_lets_nothing_else_in()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        HttpResponseMessage response = await server.Client.GetAsync("/");

        response.Content.Headers.ContentType!.ToString().Should().Be("text/html; charset=utf-8");
        response.Headers.GetValues("Content-Security-Policy").Single().Should().Be(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        response.Headers.GetValues("X-Content-Type-Options").Single().Should().Be("nosniff");
        string html = await response.Content.ReadAsStringAsync();
        html.Should().NotMatchRegex("<script(?![^>]*src=)|<style| style=| on[a-z]+=|https?:");

        MatchCollection links = Regex.Matches(html, "(?:src|href)=\"([^\"]+)\"");
        var pending = new Queue<string>(links.Select(match => match.Groups[1].Value));
        HashSet<string> seen = [];
        while (pending.TryDequeue(out string? path))
        {
            if (!seen.Add(path))
                continue;
            HttpResponseMessage part = await server.Client.GetAsync(path);
            part.StatusCode.Should().Be(HttpStatusCode.OK, "the page needs {0}", path);
            string text = await part.Content.ReadAsStringAsync();
            text.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal).Should().NotMatchRegex(
                "https?:|innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|new Function|@import");
            foreach (Match import in Regex.Matches(text, "from '\\./([a-z.]+)'"))
                pending.Enqueue($"/page/{import.Groups[1].Value}");
        }

        seen.Should().BeEquivalentTo(
            "/page/base.css",
            "/page/page.css",
            "/page/icon.svg",
            "/page/page.js",
            "/page/api.js",
            "/page/conversation.js",
            "/page/images.js",
            "/page/store.js");
    }

    [Fact]
    public async Task A_file_that_a_browser_has_is_not_sent_again()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string tag = (await server.Client.GetAsync("/page/page.js")).Headers.ETag!.Tag;
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page/page.js");
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);

        HttpResponseMessage response = await server.Client.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.NotModified);
        (await response.Content.ReadAsByteArrayAsync()).Should().BeEmpty();
    }
}
