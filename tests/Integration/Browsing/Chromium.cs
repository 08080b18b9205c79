using System.Diagnostics;

namespace VisualChat.Integration.Tests.Browsing;

/// <summary>
/// A headless Chromium with a profile of its own, driven over its DevTools protocol.
/// </summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private static readonly string[] Arguments =
    [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        "--remote-debugging-port=0",
    ];

    private readonly Process _process;
    private readonly DirectoryInfo _profile;
    private readonly DevTools _tools;

    private Chromium(Process process, DirectoryInfo profile, DevTools tools)
    {
        _process = process;
        _profile = profile;
        _tools = tools;
    }

    /// <summary>Where it is; null where it is not.</summary>
    public static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>Starts it.</summary>
    public static async Task<Chromium> StartAsync()
    {
        DirectoryInfo profile = Directory.CreateTempSubdirectory("visualchat-chromium-");
        string program = Program ?? throw new InvalidOperationException("There is no Chromium on the PATH.");
        string[] arguments = [.. Arguments, $"--user-data-dir={profile.FullName}", "about:blank"];
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        Process process = Process.Start(start)!;
        const string mark = "DevTools listening on ";
        string? line;
        var said = new List<string>();
        while ((line = await process.StandardError.ReadLineAsync()) is not null && !line.StartsWith(mark))
            said.Add(line);
        if (line is null)
            throw new InvalidOperationException($"Chromium ended at once:\n{string.Join('\n', said)}");
        _ = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
        return new Chromium(process, profile, await DevTools.ConnectAsync(new Uri(line[mark.Length..])));
    }

    /// <summary>Opens a page.</summary>
    public Task<BrowserPage> OpenAsync(Uri address) => BrowserPage.OpenAsync(_tools, address);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _tools.DisposeAsync();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();

        // Its children may still be writing for a moment.
        for (int attempt = 0; attempt < 20 && _profile.Exists; attempt++, _profile.Refresh())
        {
            try
            {
                _profile.Delete(recursive: true);
            }
            catch (IOException)
            {
                await Task.Delay(100);
            }
        }
    }
}
