using System.Text.Json.Nodes;
using VisualChat.Integration.Tests.Browsing;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving;
using VisualChat.Pipeline.Tests.Serving;

namespace VisualChat.Integration.Tests.Serving;

/// <summary>The chat page in headless Chromium, used as a person uses it.</summary>
[Trait("Category", "Slow")]
[Collection(SharedModel.Name)]
public sealed class ChatPageTests(TrainedModel model)
{
    private const string Attack = "<img src=x onerror=alert(1)> <script>alert(2)</script> &amp; **b** </p>";

    private const string EscapedAttack =
        @"\<img src=x onerror=alert(1)\> \<script\>alert(2)\</script\> \&amp; \*\*b\*\* \</p\>";

    [ChromiumFact]
    public async Task Two_images_and_a_question_are_answered_in_a_stream_and_outlive_a_reload()
    {
        await using ServeProcess server = ServeProcess.Start(model);
        await using Chromium chromium = await Chromium.StartAsync();
        BrowserPage page = await chromium.OpenAsync(server.Address);
        (await page.TextsAsync("#model")).Should().Equal("test");
        await WatchAnswerAsync(page);
        await page.ChooseFilesAsync("#files", model.Images[0], model.Images[1]);
        await page.WaitForAsync("document.querySelectorAll('#picked img').length === 2");
        (await page.TextsAsync("#picked figcaption")).Should().Equal("Image 1", "Image 2");
        await AskAsync(page, "What is the difference?");
        await AnsweredAsync(page);

        string answer = (await AnswersAsync(page)).Single();
        answer.Should().NotBeEmpty();
        string[] seen = [.. ((JsonArray)(await page.EvaluateAsync("window.seen"))!).Select(text => (string)text!)];
        seen.Distinct().Should().HaveCountGreaterThan(5, "the answer grows before the eyes");
        seen.Should().OnlyContain(part => answer.StartsWith(part, StringComparison.Ordinal));
        JsonObject first = Asking.User("What is the difference?", model.DataUri(0), model.DataUri(1));
        string lone = Asking.TextOf(await server.AskAsync(Asking.Body([first], most: 512)));
        answer.Should().Be(lone, "the page shows the images to the model as they are");

        await page.ChooseFilesAsync("#files", model.Images[2]);
        await page.WaitForAsync("document.querySelectorAll('#picked img').length === 1");
        await page.ClickAsync("#question");
        await page.TypeAsync("And this");
        await page.WaitForAsync(Kept("kept => kept.draft.text === 'And this' && kept.draft.images.length === 1"));
        await page.ReloadAsync();

        (await AnswersAsync(page)).Should().Equal(answer);
        (await page.TextsAsync("article figcaption")).Should().Equal("Image 1", "Image 2");
        (await page.TextsAsync("#picked figcaption")).Should().Equal("Image 3");
        await page.WaitForAsync("[...document.querySelectorAll('img')].every(image => image.naturalWidth > 0)");
        await page.ClickAsync("#question");
        await page.PressAsync("Enter");
        await page.WaitForAsync("document.querySelectorAll('article').length === 2");
        await AnsweredAsync(page);
        string[] answers = await AnswersAsync(page);
        JsonObject[] messages = [first, Asking.Assistant(answer), Asking.User("And this", model.DataUri(2))];
        string second = Asking.TextOf(await server.AskAsync(Asking.Body(messages, most: 512)));
        answers.Should().Equal(answer, second);

        page.Problems.Should().BeEmpty();
        page.Requests.Where(url => !url.StartsWith("blob:") && !url.StartsWith("data:"))
            .Should().NotBeEmpty().And.OnlyContain(url => url.StartsWith(server.Address.AbsoluteUri));
    }

    [ChromiumFact]
    public async Task What_the_model_says_is_shown_as_text_and_exported_as_text()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        BrowserPage page = await chromium.OpenAsync(server.Address);
        await page.EvaluateAsync("""
            window.alert = () => { window.attacked = true; };
            URL.createObjectURL = blob => {
              blob.text().then(text => { window.exported = text; });
              return '#';
            };
            """);

        await AskAsync(page, Attack);
        await AnsweredAsync(page);

        (await AnswersAsync(page)).Should().Equal(Attack);
        (await page.EvaluateAsync("document.querySelectorAll('article img, article script').length"))!.GetValue<int>()
            .Should().Be(0);
        (await page.EvaluateAsync("window.attacked ?? false"))!.GetValue<bool>().Should().BeFalse();

        await page.ClickAsync("#export summary");
        await page.ClickAsync("#markdown");
        await page.WaitForAsync("window.exported");
        ((string)(await page.EvaluateAsync("window.exported"))!).Should().Be(
            $"# Conversation with tiny\n\n**Question:** {EscapedAttack}\n\n**Answer:** {EscapedAttack}\n");
        await page.EvaluateAsync("window.exported = null");
        await page.ClickAsync("#export summary");
        await page.ClickAsync("#json");
        await page.WaitForAsync("window.exported");
        JsonNode exported = JsonNode.Parse((string)(await page.EvaluateAsync("window.exported"))!)!;
        exported["messages"]!.AsArray().Select(message => $"{message!["role"]}: {message["content"]}")
            .Should().Equal($"user: {Attack}", $"assistant: {Attack}");
        page.Problems.Should().BeEmpty();
    }

    [ChromiumFact]
    public async Task Images_are_pasted_dropped_removed_and_numbered_through_the_conversation()
    {
        var settings = new ServeSettings { Limits = new ServeLimits { Images = 4 } };
        await using RunningServer server = await RunningServer.StartAsync(settings);
        await using Chromium chromium = await Chromium.StartAsync();
        BrowserPage page = await chromium.OpenAsync(server.Address);
        await page.EvaluateAsync("""
            window.bring = async (kind, colours, extra = []) => {
              const data = new DataTransfer();
              for (const colour of colours) {
                const canvas = new OffscreenCanvas(8, 8);
                const context = canvas.getContext('2d');
                context.fillStyle = colour;
                context.fillRect(0, 0, 8, 8);
                data.items.add(new File([await canvas.convertToBlob()], colour + '.png', { type: 'image/png' }));
              }
              for (const file of extra) data.items.add(file);
              document.dispatchEvent(kind === 'paste'
                ? new ClipboardEvent('paste', { clipboardData: data, cancelable: true })
                : new DragEvent('drop', { dataTransfer: data, cancelable: true }));
            }
            """);

        await page.EvaluateAsync("bring('paste', ['#f00', '#0f0'])");
        await page.WaitForAsync("document.querySelectorAll('#picked li').length === 2");
        await page.EvaluateAsync("bring('drop', ['#00f'])");
        await page.WaitForAsync("document.querySelectorAll('#picked li').length === 3");
        await page.ClickAsync("#picked li:nth-child(2) button");
        (await page.TextsAsync("#picked figcaption")).Should().Equal("Image 1", "Image 2");
        await AskAsync(page, "first");
        await AnsweredAsync(page);
        await page.EvaluateAsync("bring('paste', ['#fff'], [new File(['x'], 'notes.txt', { type: 'text/plain' })])");
        await page.WaitForAsync("document.getElementById('status').textContent === 'notes.txt is not an image.'");
        (await page.TextsAsync("#picked figcaption")).Should().Equal("Image 3");
        await page.EvaluateAsync("bring('drop', ['#000', '#f0f'])");
        await page.WaitForAsync(
            "document.getElementById('status').textContent === 'A conversation shows at most 4 images.'");
        await AskAsync(page, "second");
        await AnsweredAsync(page);

        ChatPrompt prompt = server.Script.Prompts.Last();
        prompt.Earlier.Single().Images.Concat(prompt.Images)
            .Select(image => string.Join(' ', image.Crop.ToArray()[..3]))
            .Should().Equal("255 0 0", "0 0 255", "255 255 255", "0 0 0");
        (await page.TextsAsync("article figcaption")).Should().Equal("Image 1", "Image 2", "Image 3", "Image 4");
    }

    [ChromiumFact]
    public async Task An_answer_can_be_stopped_tried_again_and_its_question_changed()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        BrowserPage page = await chromium.OpenAsync(server.Address);

        await AskAsync(page, "endless");
        await page.WaitForAsync("document.querySelector('.answer')?.lastChild.data.length > 20");
        await page.PressAsync("Escape");
        await AnsweredAsync(page);
        (await page.TextsAsync("article .note")).Should().Equal("Stopped.");
        (await AnswersAsync(page)).Single().Should().StartWith("endless endless");

        await ClickButtonAsync(page, "Edit");
        (await page.EvaluateAsync("document.getElementById('question').value"))!.GetValue<string>()
            .Should().Be("endless");
        (await page.TextsAsync("article")).Should().BeEmpty();
        await page.EvaluateAsync("document.getElementById('question').value = ''");
        await page.TypeAsync("one");
        await page.PressAsync("Enter", shift: true);
        await page.TypeAsync("two");
        await page.PressAsync("Enter");
        await AnsweredAsync(page);
        server.Script.Prompts.Last().Question.Should().Be("one\ntwo");
        server.Script.Prompts.Last().Settings.Sampling.Temperature.Should().Be(0);

        await ClickButtonAsync(page, "Try again");
        await page.WaitForAsync("document.getElementById('stop').hidden");
        ChatPrompt again = server.Script.Prompts.Last();
        again.Question.Should().Be("one\ntwo");
        again.Settings.Sampling.Temperature.Should().Be(0.7);

        await page.ClickAsync("#new");
        (await page.TextsAsync("article")).Should().BeEmpty();
        await page.ClickAsync("#undo");
        (await AnswersAsync(page)).Should().Equal("one\ntwo");
        page.Problems.Should().BeEmpty();
    }

    [ChromiumFact]
    public async Task A_reload_in_the_middle_of_an_answer_keeps_what_was_said_so_far()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        BrowserPage page = await chromium.OpenAsync(server.Address);
        await AskAsync(page, "endless");
        await page.WaitForAsync(Kept("kept => kept.rounds[0]?.answer.length > 20"));

        await page.ReloadAsync();

        (await AnswersAsync(page)).Single().Should().StartWith("endless endless");
        (await page.TextsAsync("article .note")).Should().Equal("Stopped.");
        (await page.TextsAsync("article button")).Should().Equal("Copy", "Try again", "Edit");
    }

    [ChromiumFact]
    public async Task The_keyboard_alone_reaches_everything_in_the_order_it_is_seen()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        BrowserPage page = await chromium.OpenAsync(server.Address);
        await page.ChooseFilesAsync("#files", model.Images[0]);
        await page.WaitForAsync("document.querySelectorAll('#picked img').length === 1");
        (await page.EvaluateAsync("document.activeElement.id"))!.GetValue<string>()
            .Should().Be("question", "one can ask at once");
        await page.TypeAsync("hello");
        await page.PressAsync("Enter");
        await AnsweredAsync(page);
        await page.ChooseFilesAsync("#files", model.Images[1]);
        await page.WaitForAsync("document.querySelectorAll('#picked img').length === 1");

        List<string> reached = [];
        for (int presses = 0; presses < 11; presses++)
        {
            await page.PressAsync("Tab");
            JsonNode? name = await page.EvaluateAsync("""
                document.activeElement.ariaLabel
                  || document.activeElement.textContent.trim()
                  || document.activeElement.tagName
                """);
            reached.Add((string)name!);
        }

        reached.Should().ContainInOrder(
            "New chat", "Export", "Settings", "Copy", "Try again", "Edit", "Remove image 2", "Add images");
        (await page.EvaluateAsync("document.getElementById('announcement').textContent"))!.GetValue<string>()
            .Should().Be("hello", "a screen reader is told the whole answer once");
    }

    [ChromiumFact]
    public async Task What_goes_wrong_is_said_kindly_and_can_be_tried_again()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await using Chromium chromium = await Chromium.StartAsync();
        BrowserPage page = await chromium.OpenAsync(server.Address);

        await page.PressAsync("Enter");
        (await page.TextsAsync("article")).Should().BeEmpty("nothing was asked");
        await AskAsync(page, string.Join(' ', Enumerable.Repeat("long", 200)));
        await AnsweredAsync(page);
        (await page.TextsAsync(".failure")).Should().Equal(
            "The conversation is 200 tokens long, and the model reaches 100.");
        await AskAsync(page, "next");
        (await page.TextsAsync("#status")).Should().Equal(
            "The last question has no answer yet: try it again, or edit it.");
        (await page.TextsAsync("article")).Should().HaveCount(1);

        await page.EvaluateAsync("window.fetch = () => Promise.reject(new TypeError('Failed to fetch'))");
        await ClickButtonAsync(page, "Try again");
        await AnsweredAsync(page);
        (await page.TextsAsync(".failure")).Should().Equal("The server cannot be reached. Is it still running?");
    }

    [ChromiumFact]
    public async Task A_key_is_asked_for_where_one_is_needed_and_kept_through_a_reload()
    {
        await using RunningServer server = await RunningServer.StartAsync(new ServeSettings { ApiKey = "sesame" });
        await using Chromium chromium = await Chromium.StartAsync();
        BrowserPage page = await chromium.OpenAsync(server.Address);

        await page.WaitForAsync("document.getElementById('key-dialog').open");
        await page.TypeAsync("wrong");
        await page.PressAsync("Enter");
        await page.WaitForAsync("""
            document.getElementById('key-why').textContent === 'Incorrect API key provided.'
              && document.getElementById('key-dialog').open
            """);
        await page.TypeAsync("sesame");
        await page.PressAsync("Enter");
        await page.WaitForAsync("document.getElementById('model').textContent === 'tiny'");
        await page.ReloadAsync();
        await AskAsync(page, "hello");
        await AnsweredAsync(page);

        (await AnswersAsync(page)).Should().Equal("hello");
    }

    private static async Task AskAsync(BrowserPage page, string question)
    {
        await page.ClickAsync("#question");
        await page.TypeAsync(question);
        await page.PressAsync("Enter");
    }

    private static Task AnsweredAsync(BrowserPage page) =>
        page.WaitForAsync("document.querySelector('article') && document.getElementById('stop').hidden");

    private static async Task<string[]> AnswersAsync(BrowserPage page)
    {
        const string before = "The model: ";
        string[] texts = await page.TextsAsync(".answer");
        texts.Should().OnlyContain(text => text.StartsWith(before));
        return [.. texts.Select(text => text[before.Length..])];
    }

    private static async Task ClickButtonAsync(BrowserPage page, string label) =>
        await page.EvaluateAsync(
            $"[...document.querySelectorAll('article button')].find(node => node.textContent === '{label}').click()");

    // What the answer showed whenever it changed.
    private static async Task WatchAnswerAsync(BrowserPage page) => await page.EvaluateAsync("""
        window.seen = [];
        new MutationObserver(() => {
          const answer = document.querySelector('.answer[aria-busy="true"]');
          if (answer) window.seen.push(answer.lastChild.data ?? '');
        }).observe(document.getElementById('rounds'), { subtree: true, childList: true, characterData: true });
        """);

    private static string Kept(string holds) => $$"""
        new Promise(resolve => {
          const opening = indexedDB.open('visualchat', 1);
          opening.onsuccess = () => {
            const reading = opening.result.transaction('conversations').objectStore('conversations').get('current');
            reading.onsuccess = () => {
              opening.result.close();
              resolve(reading.result ? ({{holds}})(reading.result) : false);
            };
          };
        })
        """;
}
