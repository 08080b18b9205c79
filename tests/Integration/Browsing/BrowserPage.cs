using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace VisualChat.Integration.Tests.Browsing;

/// <summary>A page in a browser, used as a person uses it.</summary>
internal sealed class BrowserPage
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DevTools _tools;
    private readonly string _session;

    private BrowserPage(DevTools tools, string session)
    {
        _tools = tools;
        _session = session;
        tools.Happened += (name, parameters) =>
        {
            if (name == "Runtime.exceptionThrown")
            {
                JsonNode? exception = parameters["exceptionDetails"]!["exception"];
                Problems.Enqueue(exception?["description"]?.ToString() ?? parameters.ToJsonString());
            }
            else if (name == "Log.entryAdded" && (string?)parameters["entry"]!["level"] == "error")
                Problems.Enqueue($"{parameters["entry"]!["text"]} {parameters["entry"]!["url"]}");
            else if (name == "Network.requestWillBeSent")
                Requests.Enqueue((string)parameters["request"]!["url"]!);
        };
    }

    /// <summary>
    /// Uncaught errors, failed requests and breaches of the content security policy.
    /// </summary>
    public ConcurrentQueue<string> Problems { get; } = [];

    /// <summary>Everything the page asked any server for.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Opens a page in a tab of its own.</summary>
    public static async Task<BrowserPage> OpenAsync(DevTools tools, Uri address)
    {
        JsonNode target = await tools.RunAsync("Target.createTarget", new { url = "about:blank" });
        var attach = new { targetId = (string)target["targetId"]!, flatten = true };
        JsonNode session = await tools.RunAsync("Target.attachToTarget", attach);
        var page = new BrowserPage(tools, (string)session["sessionId"]!);
        foreach (string domain in new[] { "Page", "Runtime", "Log", "Network", "DOM" })
            await page.CommandAsync($"{domain}.enable", new { });
        await page.CommandAsync("Page.navigate", new { url = address.AbsoluteUri });
        await page.WaitForAsync("'ready' in document.documentElement.dataset");
        return page;
    }

    /// <summary>Reloads the page.</summary>
    public async Task ReloadAsync()
    {
        await EvaluateAsync("delete document.documentElement.dataset.ready");
        await CommandAsync("Page.reload", new { });
        await WaitForAsync("'ready' in document.documentElement.dataset");
    }

    /// <summary>The value of an expression, promises awaited.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var evaluate = new { expression, awaitPromise = true, returnByValue = true };
        JsonNode result = await CommandAsync("Runtime.evaluate", evaluate);
        return result["exceptionDetails"] is { } problem
            ? throw new InvalidOperationException($"{expression}: {problem.ToJsonString()}")
            : result["result"]!["value"];
    }

    /// <summary>Waits until an expression is true.</summary>
    public async Task WaitForAsync(string expression)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                if ((bool?)await EvaluateAsync($"Promise.resolve({expression}).then(value => !!value)") == true)
                    return;
            }
            catch (InvalidOperationException) when (Stopwatch.GetElapsedTime(start) < Patience)
            {
                // Between two documents there is nothing to ask.
            }

            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                JsonNode? shown = await EvaluateAsync("document.body.innerText");
                throw new TimeoutException(
                    $"It never came to be: {expression}. The page shows:\n{shown}\n"
                    + $"and had problems:\n{string.Join('\n', Problems)}");
            }

            await Task.Delay(25);
        }
    }

    /// <summary>The texts of all elements a selector finds.</summary>
    public async Task<string[]> TextsAsync(string selector)
    {
        JsonNode? texts = await EvaluateAsync(
            $"[...document.querySelectorAll({Quoted(selector)})].map(node => node.textContent)");
        return [.. ((JsonArray)texts!).Select(text => (string)text!)];
    }

    /// <summary>Clicks an element where it is on the screen.</summary>
    public async Task ClickAsync(string selector)
    {
        JsonNode place = (await EvaluateAsync($$"""
            (() => {
              const node = document.querySelector({{Quoted(selector)}});
              node.scrollIntoView({ block: 'nearest' });
              const box = node.getBoundingClientRect();
              return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
            })()
            """))!;
        double x = (double)place["x"]!, y = (double)place["y"]!;
        foreach (string type in new[] { "mousePressed", "mouseReleased" })
            await CommandAsync("Input.dispatchMouseEvent", new { type, x, y, button = "left", clickCount = 1 });
    }

    /// <summary>Types a text where the focus is.</summary>
    public Task TypeAsync(string text) => CommandAsync("Input.insertText", new { text });

    /// <summary>Presses a key.</summary>
    /// <param name="key">Enter, Escape or Tab.</param>
    /// <param name="shift">With Shift.</param>
    public async Task PressAsync(string key, bool shift = false)
    {
        int windowsVirtualKeyCode = key switch { "Enter" => 13, "Escape" => 27, _ => 9 };
        (string type, string text) = key == "Enter" ? ("keyDown", "\r") : ("rawKeyDown", "");
        int modifiers = shift ? 8 : 0;
        var press = new { type, key, code = key, windowsVirtualKeyCode, modifiers, text };
        await CommandAsync("Input.dispatchKeyEvent", press);
        var release = new { type = "keyUp", key, code = key, windowsVirtualKeyCode, modifiers };
        await CommandAsync("Input.dispatchKeyEvent", release);
    }

    /// <summary>Chooses files in a file field.</summary>
    public async Task ChooseFilesAsync(string selector, params string[] files)
    {
        JsonNode document = await CommandAsync("DOM.getDocument", new { });
        int root = (int)document["root"]!["nodeId"]!;
        JsonNode node = await CommandAsync("DOM.querySelector", new { nodeId = root, selector });
        await CommandAsync("DOM.setFileInputFiles", new { files, nodeId = (int)node["nodeId"]! });
    }

    /// <summary>Makes the window as large as a device's, light or dark.</summary>
    public async Task ResizeAsync(int width, int height, bool isPhone = false, bool isDark = false)
    {
        var metrics = new { width, height, deviceScaleFactor = isPhone ? 2 : 1, mobile = isPhone };
        var scheme = new { name = "prefers-color-scheme", value = isDark ? "dark" : "light" };
        await CommandAsync("Emulation.setDeviceMetricsOverride", metrics);
        await CommandAsync("Emulation.setTouchEmulationEnabled", new { enabled = isPhone });
        await CommandAsync("Emulation.setEmulatedMedia", new { features = new[] { scheme } });
    }

    /// <summary>A picture of the window, PNG.</summary>
    public async Task<byte[]> PictureAsync()
    {
        JsonNode picture = await CommandAsync("Page.captureScreenshot", new { format = "png" });
        return Convert.FromBase64String((string)picture["data"]!);
    }

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private Task<JsonNode> CommandAsync(string method, object parameters) =>
        _tools.RunAsync(method, parameters, _session);
}
