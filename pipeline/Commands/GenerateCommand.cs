using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Answering;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Terminal;
using VisualChat.Pipeline.Terminal.Screens;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat generate RECIPE --checkpoint DIR --questions FILE.json --out results.csv</c>: a model's answers to a file of questions.</summary>
public static class GenerateCommand
{
    private const int ErrorsShown = 10;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> recipe = CommonOptions.Recipe();
        Option<string> checkpoint = CommonOptions.Checkpoint();
        Option<string> questions = new("--questions") { HelpName = "FILE.json", Required = true, Description = """Conversations by name: {"name": [["question", "image1.jpg image2.jpg"], ["follow-up question"]]}.""" };
        Option<string> output = new("--out") { HelpName = "FILE.csv", Required = true, Description = "The results; FILE.jsonl beside it has the same. Running again continues an interrupted run, and asks again what failed." };
        Option<string?> images = new("--images") { HelpName = "FOLDER", Description = "The folder of the images; that of the questions when left out." };
        Option<string?> device = CommonOptions.Device();
        Option<bool> fresh = new("--fresh") { Description = "Throw away the results that are there, and start over." };
        Option<bool> json = CommonOptions.Json();
        Option<string[]> set = CommonOptions.Set();
        var sampling = new SamplingOptions();
        var command = new Command("generate", "Answer a file of questions.") { recipe, checkpoint, questions, output, images, device, fresh, json, set };
        sampling.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error;
            QuestionFile file = QuestionFile.Read(parsed.GetRequiredValue(questions));
            string folder = Path.GetFullPath(parsed.GetValue(images) ?? Path.GetDirectoryName(Path.GetFullPath(parsed.GetRequiredValue(questions)))!);
            if (!Directory.Exists(folder))
                throw new InputException($"There is no folder '{folder}' of images.");
            AnswerSettings settings = sampling.Read(parsed, seed: 0);
            using LoadedChat chat = LoadedChat.Open(
                parsed.GetRequiredValue(recipe), parsed.GetRequiredValue(set), parsed.GetRequiredValue(checkpoint), parsed.GetValue(device), new PrefixCacheLimits { Conversations = 1 });
            using ResultFiles results = ResultFiles.Open(Path.GetFullPath(parsed.GetRequiredValue(output)), BasisOf(chat, file, folder, settings.Sampling), parsed.GetValue(fresh));
            AskedConversation[] left = [.. file.Conversations.Where(conversation => results.Find(conversation) is null)];
            if (left.Length < file.Conversations.Count)
                await error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{file.Conversations.Count - left.Length:N0} of {file.Conversations.Count:N0} conversations are answered already.")).ConfigureAwait(false);
            var run = new AnswerRun(chat.Engine, new QuestionImages(folder, chat.Images), settings);
            List<(string Name, int Round, string Error)> failed = await ProgressScreen.RunAsync(error, "Answering", progress => Task.Factory.StartNew(
                () => Answer(run, results, left, progress, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ConfigureAwait(false);
            results.Write(file.Conversations);
            foreach ((string name, int round, string problem) in failed.Take(ErrorsShown))
                await error.WriteLineAsync(PrintableText.Of($"'{name}', round {round}: {problem}")).ConfigureAwait(false);
            if (failed.Count > ErrorsShown)
                await error.WriteLineAsync($"And {failed.Count - ErrorsShown:N0} more; {results.JsonLines} has each.").ConfigureAwait(false);
            int rounds = file.Conversations.Sum(conversation => conversation.Rounds.Count);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(
                    new { chat.Checkpoint, results.Csv, results.JsonLines, Conversations = file.Conversations.Count, Questions = rounds, Answered = rounds - failed.Count, Failed = failed.Count }, OutputFolder.Json)
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{rounds - failed.Count:N0} of {rounds:N0} questions in {file.Conversations.Count:N0} conversations answered: {results.Csv}")).ConfigureAwait(false);
            return failed.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static List<(string Name, int Round, string Error)> Answer(
        AnswerRun run, ResultFiles results, AskedConversation[] left, IProgress<(long Done, long Total, string Remark)> progress, CancellationToken cancellation)
    {
        List<(string, int, string)> failed = [];
        int done = 0, all = left.Sum(conversation => conversation.Rounds.Count);
        foreach (AskedConversation conversation in left)
        {
            IReadOnlyList<AnsweredRound> rounds = run.Ask(
                conversation, () => progress.Report((++done, all, string.Create(CultureInfo.InvariantCulture, $"{done:N0} of {all:N0} questions"))), cancellation);
            results.Add(conversation, rounds);
            for (int round = 0; round < rounds.Count; round++)
                if (rounds[round].Error is { } problem)
                    failed.Add((conversation.Name, round + 1, problem));
        }

        return failed;
    }

    private static Dictionary<string, string> BasisOf(LoadedChat chat, QuestionFile file, string images, SamplingSettings sampling) => new()
    {
        ["question file (SHA-256)"] = file.Sha256,
        ["--images"] = images,
        ["checkpoint"] = chat.Checkpoint,
        ["checkpoint fingerprint"] = chat.CheckpointFingerprint,
        ["device"] = chat.Device,
        ["tokenizer (SHA-256)"] = chat.Tokenizer.Fingerprint,
        ["template.system"] = chat.Recipe.Template.System,
        ["images.size"] = chat.Recipe.Images.Size.ToString(CultureInfo.InvariantCulture),
        ["model.attention"] = chat.Recipe.Model!.Attention,
        ["model.dtype"] = chat.Recipe.Model.Dtype,
        ["--temperature"] = sampling.Temperature.ToString(CultureInfo.InvariantCulture),
        ["--top-k"] = sampling.TopK.ToString(CultureInfo.InvariantCulture),
        ["--top-p"] = sampling.TopP.ToString(CultureInfo.InvariantCulture),
        ["--repetition-penalty"] = sampling.RepetitionPenalty.ToString(CultureInfo.InvariantCulture),
        ["--max-tokens"] = sampling.MaxNewTokens.ToString(CultureInfo.InvariantCulture),
        ["--seed"] = sampling.Seed.ToString(CultureInfo.InvariantCulture),
    };
}
