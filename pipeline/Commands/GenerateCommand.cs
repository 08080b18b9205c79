using System.CommandLine;
using System.Text.Json;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Answering;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Terminal;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Threading;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat generate RECIPE --checkpoint DIR --questions FILE.json --out results.csv</c>: a
/// model's answers to a file of questions.
/// </summary>
internal static class GenerateCommand
{
    private const int ErrorsShown = 10;

    public static Command Create(CommandConsole console)
    {
        var command = new Command("generate", "Answer a file of questions.")
        {
            CommonOptions.Recipe(),
            CommonOptions.Checkpoint(),
            new Option<string>("--questions")
            {
                HelpName = "FILE.json",
                Required = true,
                Description = "Conversations by name: "
                    + """{"name": [["question", "image1.jpg image2.jpg"], ["follow-up question"]]}.""",
            },
            new Option<string>("--out")
            {
                HelpName = "FILE.csv",
                Required = true,
                Description = "The results; FILE.jsonl beside it has the same. "
                    + "Running again continues an interrupted run, and asks again what failed.",
            },
            new Option<string?>("--images")
            {
                HelpName = "FOLDER",
                Description = "The folder of the images; by default the folder of the questions.",
            },
            CommonOptions.Device(),
            new Option<bool>("--fresh") { Description = "Throw away the results that are there, and start over." },
            new Option<bool>("--spreadsheet-safe")
            {
                Description = "Put an apostrophe before cells that a spreadsheet would compute: "
                    + "those that begin with =, +, -, @, a tab or a carriage return.",
            },
            CommonOptions.Json(),
            CommonOptions.Set(),
        };
        SamplingOptions.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(GenerateOptions.From(parsed), console, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(
        GenerateOptions options, CommandConsole console, CancellationToken cancellation)
    {
        RequireOutput(options.Output);
        var file = QuestionFile.Read(options.Questions);
        string images = ImageFolderOf(options);
        using LoadedChat chat = LoadedChat.Open(
            options.Recipe.Read(),
            options.Checkpoint,
            options.Device,
            new PrefixCacheLimits { Conversations = 1 },
            console.Error);
        var basis = BasisOf(chat, file, images, options.Answers.Sampling);
        using var results = ResultFiles.Open(Path.GetFullPath(options.Output), basis, options.Fresh);
        AskedConversation[] left =
            [.. file.Conversations.Where(conversation => results.Find(conversation) is null)];
        int answered = file.Conversations.Count - left.Length;
        if (answered > 0)
        {
            await console.Error.WriteLineAsync(
                $"{answered:N0} of {file.Conversations.Count:N0} conversations are answered already.");
        }

        var run = new AnswerRun(chat.Engine, new QuestionImages(images, chat.Images), options.Answers);
        List<FailedRound> failed = await ProgressScreen.RunAsync(
            console.Error,
            "Answering",
            progress => OwnThread.Run(() => Answer(run, results, left, progress, cancellation)));
        results.Write(file.Conversations, options.SpreadsheetSafe);
        await ReportFailuresAsync(failed, results, console);
        await console.Output.WriteLineAsync(SummaryOf(file, failed.Count, results, chat, options.Json));
        return failed.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>Before the model is loaded, and long before the last answer.</summary>
    private static void RequireOutput(string csv)
    {
        foreach (string file in ResultFiles.Of(csv))
            OutputPath.RequireFile("--out", file);
    }

    private static string ImageFolderOf(GenerateOptions options)
    {
        string beside = Path.GetDirectoryName(Path.GetFullPath(options.Questions))!;
        string folder = Path.GetFullPath(options.Images ?? beside);
        return Directory.Exists(folder)
            ? folder
            : throw new InputException($"There is no folder '{folder}' of images.");
    }

    private static List<FailedRound> Answer(
        AnswerRun run,
        ResultFiles results,
        AskedConversation[] conversations,
        IProgress<WorkProgress> progress,
        CancellationToken cancellation)
    {
        List<FailedRound> failed = [];
        int done = 0, all = conversations.Sum(conversation => conversation.Rounds.Count);
        foreach (AskedConversation conversation in conversations)
        {
            IReadOnlyList<AnsweredRound> rounds = run.Ask(conversation, ReportRound, cancellation);
            results.Add(conversation, rounds);
            for (int round = 0; round < rounds.Count; round++)
                if (rounds[round].Error is { } problem)
                    failed.Add(new FailedRound(conversation.Name, round + 1, problem));
        }

        return failed;

        void ReportRound()
        {
            done++;
            progress.Report(new WorkProgress(done, all, $"{done:N0} of {all:N0} questions"));
        }
    }

    private static async Task ReportFailuresAsync(
        List<FailedRound> failed, ResultFiles results, CommandConsole console)
    {
        foreach (FailedRound round in failed.Take(ErrorsShown))
        {
            string text = $"'{round.Conversation}', round {round.Number}: {round.Problem}";
            await console.Error.WriteLineAsync(PrintableText.Of(text));
        }

        if (failed.Count > ErrorsShown)
        {
            await console.Error.WriteLineAsync(
                $"And {failed.Count - ErrorsShown:N0} more; {results.JsonLines} has each.");
        }
    }

    private static string SummaryOf(
        QuestionFile file, int failed, ResultFiles results, LoadedChat chat, bool json)
    {
        int conversations = file.Conversations.Count;
        int questions = file.Conversations.Sum(conversation => conversation.Rounds.Count);
        int answered = questions - failed;
        if (!json)
        {
            return $"{answered:N0} of {questions:N0} questions in {conversations:N0} conversations answered: "
                + results.Csv;
        }

        var document = new
        {
            chat.Checkpoint,
            results.Csv,
            results.JsonLines,
            Conversations = conversations,
            Questions = questions,
            Answered = answered,
            Failed = failed,
        };
        return JsonSerializer.Serialize(document, JsonText.Indented);
    }

    /// <summary>All that decides the answers. Results of another basis are not continued.</summary>
    private static Dictionary<string, string> BasisOf(
        LoadedChat chat, QuestionFile file, string images, SamplingSettings sampling)
    {
        var basis = new Dictionary<string, string>
        {
            ["question file (SHA-256)"] = file.Sha256,
            ["--images"] = images,
            ["checkpoint"] = chat.Checkpoint,
            ["checkpoint fingerprint"] = chat.CheckpointFingerprint,
            ["device"] = chat.Device,
            ["tokenizer (SHA-256)"] = chat.Tokenizer.Fingerprint,
        };
        foreach ((string key, string value) in chat.Recipe.ValuesThatDecide(Outcome.Answers))
            basis.Add(key, value);
        if (chat.OtherTowers is { } towers)
            basis.Add("towers (SHA-256)", towers);
        basis.Add("--temperature", $"{sampling.Temperature}");
        basis.Add("--top-k", $"{sampling.TopK}");
        basis.Add("--top-p", $"{sampling.TopP}");
        basis.Add("--repetition-penalty", $"{sampling.RepetitionPenalty}");
        basis.Add("--max-tokens", $"{sampling.MaxNewTokens}");
        basis.Add("--seed", $"{sampling.Seed}");
        return basis;
    }

    /// <param name="Number">The round's number in its conversation, from 1.</param>
    private sealed record FailedRound(string Conversation, int Number, string Problem);
}
