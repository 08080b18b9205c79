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
                Problems.Enqueue(parameters["exceptionDetails"]!["exception"]?["description"]?.ToString() ?? parameters.ToJsonString());
            else if (name == "Log.entryAdded" && (string?)parameters["entry"]!["level"] == "error")
                Problems.Enqueue($"{parameters["entry"]!["text"]} {parameters["entry"]!["url"]}");
            else if (name == "Network.requestWillBeSent")
                Requests.Enqueue((string)parameters["request"]!["url"]!);
        };
    }

    /// <summary>Uncaught errors, failed requests and breaches of the content security policy.</summary>
    public ConcurrentQueue<string> Problems { get; } = [];

    /// <summary>Everything the page asked any server for.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>Opens a page in a tab of its own.</summary>
    public static async Task<BrowserPage> OpenAsync(DevTools tools, Uri address)
    {
        string target = (string)(await tools.RunAsync("Target.createTarget", new { url = "about:blank" }))["targetId"]!;
        string session = (string)(await tools.RunAsync("Target.attachToTarget", new { targetId = target, flatten = true }))["sessionId"]!;
        var page = new BrowserPage(tools, session);
        foreach (string room in new[] { "Page", "Runtime", "Log", "Network", "DOM" })
            await page.CommandAsync($"{room}.enable", new { });
        await page.CommandAsync("Page.navigate", new { url = address.AbsoluteUri });
        await page.WaitForAsync("'ready' in document.documentElement.dataset");
        return page;
    }

    /// <summary>Loads the page anew.</summary>
    public async Task ReloadAsync()
    {
        await EvaluateAsync("delete document.documentElement.dataset.ready");
        await CommandAsync("Page.reload", new { });
        await WaitForAsync("'ready' in document.documentElement.dataset");
    }

    /// <summary>The value of an expression, promises awaited.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        JsonNode result = await CommandAsync("Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true });
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
                throw new TimeoutException($"It never came to be: {expression}. The page shows:\n{await EvaluateAsync("document.body.innerText")}\nand had problems:\n{string.Join('\n', Problems)}");
            await Task.Delay(25);
        }
    }

    /// <summary>The texts of all elements a selector finds.</summary>
    public async Task<string[]> TextsAsync(string selector) =>
        [.. ((JsonArray)(await EvaluateAsync($"[...document.querySelectorAll({Quoted(selector)})].map(node => node.textContent)"))!).Select(text => (string)text!)];

    /// <summary>Clicks an element where it is on the screen.</summary>
    public async Task ClickAsync(string selector)
    {
        JsonNode place = (await EvaluateAsync(
            $"(() => {{ const node = document.querySelector({Quoted(selector)}); node.scrollIntoView({{ block: 'nearest' }}); const box = node.getBoundingClientRect(); return {{ x: box.x + box.width / 2, y: box.y + box.height / 2 }}; }})()"))!;
        foreach (string type in new[] { "mousePressed", "mouseReleased" })
            await CommandAsync("Input.dispatchMouseEvent", new { type, x = (double)place["x"]!, y = (double)place["y"]!, button = "left", clickCount = 1 });
    }

    /// <summary>Types a text where the focus is.</summary>
    public Task TypeAsync(string text) => CommandAsync("Input.insertText", new { text });

    /// <summary>Presses a key.</summary>
    /// <param name="key">Enter, Escape or Tab.</param>
    /// <param name="shift">With Shift.</param>
    public async Task PressAsync(string key, bool shift = false)
    {
        int code = key switch { "Enter" => 13, "Escape" => 27, _ => 9 };
        string? text = key == "Enter" ? "\r" : null;
        int modifiers = shift ? 8 : 0;
        await CommandAsync("Input.dispatchKeyEvent", new { type = text is null ? "rawKeyDown" : "keyDown", key, code = key, windowsVirtualKeyCode = code, modifiers, text = text ?? "" });
        await CommandAsync("Input.dispatchKeyEvent", new { type = "keyUp", key, code = key, windowsVirtualKeyCode = code, modifiers });
    }

    /// <summary>Chooses files in a file field.</summary>
    public async Task ChooseFilesAsync(string selector, params string[] files)
    {
        JsonNode document = await CommandAsync("DOM.getDocument", new { });
        JsonNode node = await CommandAsync("DOM.querySelector", new { nodeId = (int)document["root"]!["nodeId"]!, selector });
        await CommandAsync("DOM.setFileInputFiles", new { files, nodeId = (int)node["nodeId"]! });
    }

    /// <summary>Makes the window as large as a device's, light or dark.</summary>
    public async Task ResizeAsync(int width, int height, bool isPhone = false, bool isDark = false)
    {
        await CommandAsync("Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = isPhone ? 2 : 1, mobile = isPhone });
        await CommandAsync("Emulation.setTouchEmulationEnabled", new { enabled = isPhone });
        await CommandAsync("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = isDark ? "dark" : "light" } } });
    }

    /// <summary>A picture of the window, PNG.</summary>
    public async Task<byte[]> PictureAsync() => Convert.FromBase64String((string)(await CommandAsync("Page.captureScreenshot", new { format = "png" }))["data"]!);

    private static string Quoted(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    private Task<JsonNode> CommandAsync(string method, object parameters) => _tools.RunAsync(method, parameters, _session);
}
