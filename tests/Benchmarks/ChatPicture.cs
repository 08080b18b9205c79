using VisualChat.Integration.Tests.Browsing;

namespace VisualChat.Benchmarks;

/// <summary>
/// The picture of the chat page in the documentation: a conversation with a served model. What is
/// asked is on the command line, images before their question: <c>page ADDRESS docs/chat.png a.jpg
/// b.jpg "What is the difference?" c.jpg "And here?"</c>.
/// </summary>
internal static class ChatPicture
{
    private const int Width = 1000;
    private const int MostHeight = 1400;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not [string address, string file, _, ..])
        {
            Console.Error.WriteLine("page ADDRESS FILE.png [IMAGE...] QUESTION ...");
            return 2;
        }

        await using Chromium chromium = await Chromium.StartAsync();
        BrowserPage page = await chromium.OpenAsync(new Uri(address));
        await page.ResizeAsync(Width, MostHeight);
        List<string> images = [];
        foreach (string word in args[2..])
        {
            if (File.Exists(word))
            {
                images.Add(Path.GetFullPath(word));
                continue;
            }

            if (images.Count > 0)
                await page.ChooseFilesAsync("#files", [.. images]);
            await page.WaitForAsync($"document.querySelectorAll('#picked img').length === {images.Count}");
            images.Clear();
            await page.ClickAsync("#question");
            await page.TypeAsync(word);
            await page.PressAsync("Enter");
            await page.WaitForAsync("document.getElementById('stop').hidden");
            Console.WriteLine($"{word}\n  {(await page.TextsAsync("article:last-of-type .bubble:not(.question)"))[0]}");
        }

        // As high as the conversation.
        const string HeightOfTheConversation =
            "document.querySelector('header').offsetHeight + document.getElementById('rounds').offsetHeight"
            + " + document.getElementById('composer').offsetHeight + 60";
        int height = (int)(double)(await page.EvaluateAsync(HeightOfTheConversation))!;
        await page.ResizeAsync(Width, Math.Min(height, MostHeight));
        await page.EvaluateAsync("document.activeElement.blur(); new Promise(resolve => setTimeout(resolve, 300))");
        byte[] picture = await page.PictureAsync();
        await File.WriteAllBytesAsync(file, picture);
        Console.WriteLine($"{file}: {picture.Length / 1000} kB");
        return 0;
    }
}
