using System.CommandLine;
using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat export RECIPE --checkpoint DIR --out DIR</c>: a model with all its parts in one
/// folder, or its two towers, or as the released system has it.
/// </summary>
internal static class ExportCommand
{
    private const string TokenizerFile = "tokenizer.model";

    public static Command Create(CommandConsole console)
    {
        var command = new Command(
            "export",
            "Write a checkpoint and all it builds on as one folder. "
            + "What was trained is rounded to the recipe's model.dtype.")
        {
            CommonOptions.Recipe(),
            CommonOptions.Checkpoint(),
            new Option<string>("--out") { HelpName = "DIR", Required = true, Description = "A new folder." },
            new Option<bool>("--towers")
            {
                Description = "Write DIR/vision and DIR/language instead, which other tools open "
                    + "as a vision tower and a LLaMA decoder. The projection is left out.",
            },
            new Option<bool>("--release")
            {
                Description = "Write DIR/pytorch_model.bin instead, which the code of DeepSpeed-VisualChat reads.",
            },
            CommonOptions.Set(),
        };
        command.SetAction((parsed, cancellation) => RunAsync(ExportOptions.From(parsed), console, cancellation));
        return command;
    }

    /// <param name="cancellation">Not looked at: an export takes seconds.</param>
    public static async Task<int> RunAsync(
        ExportOptions options, CommandConsole console, CancellationToken cancellation)
    {
        Recipe recipe = options.Recipe.Read();
        OutputPath.RequireFolder("--out", options.Output);
        var tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer.FullPath);
        string target = Path.GetFullPath(options.Output);
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
            throw new InputException($"--out '{target}' is not empty. Name a new folder.");
        var hashes = CacheFolder.OfUser().Hashes(console.Error);
        var trained = TrainedModel.Open(recipe, tokenizer, options.Checkpoint, "cpu", hashes, console.Error);
        if (options.Release && trained.Description.Attention == AttentionMode.CraCa)
        {
            throw new InputException(
                $"'{trained.Folder}' has the gated layers of the attention {AttentionMode.CraCa.Name()}, and the code "
                + "of DeepSpeed-VisualChat has none: export it without --release.");
        }

        AtomicFolder.Replace(target, unfinished =>
        {
            using var model = ChatModel.Create(trained.Description);
            if (options.Towers)
                WriteTowers(model, recipe, unfinished);
            else if (options.Release)
                WriteReleased(model, recipe, unfinished);
            else
                WriteWhole(model, recipe, unfinished);
        });
        if (options.Release && recipe.Images.Order != ImageOrder.Reversed)
        {
            await console.Error.WriteLineAsync(
                "Warning: the code of DeepSpeed-VisualChat shows the images of a conversation in reverse, and "
                + "images.order says that this model does not: of several images it will take one for another there.");
        }

        await console.Output.WriteLineAsync($"{target}: {BytesIn(target) / 1e6:N1} MB");
        return ExitCode.Done;
    }

    private static void WriteTowers(ChatModel model, Recipe recipe, string folder)
    {
        string vision = Directory.CreateDirectory(Path.Combine(folder, "vision")).FullName;
        string language = Directory.CreateDirectory(Path.Combine(folder, "language")).FullName;
        ModelExport.WriteTowers(model, vision, language);
        WriteTokenizer(recipe, language);
        FileChecksums.Write(vision);
        FileChecksums.Write(language);
    }

    private static void WriteReleased(ChatModel model, Recipe recipe, string folder)
    {
        ModelExport.WriteReleased(model, folder);
        WriteTokenizer(recipe, folder);
        FileChecksums.Write(folder);
    }

    private static void WriteWhole(ChatModel model, Recipe recipe, string folder)
    {
        ModelExport.Write(model, folder);
        WriteTokenizer(recipe, folder);
        FileChecksums.Write(folder);

        // The folder's recipe names what lies beside it, so that the folder can be moved. It has no
        // checksum: people may edit it.
        ModelSettings settings = recipe.Model! with
        {
            Vision = new RecipePath(".", folder),
            Language = new RecipePath(".", folder),

            // What was quantised is written as the numbers that it stood for.
            Frozen = null,
        };
        Recipe beside = recipe with { Tokenizer = RecipePath.In(folder, TokenizerFile), Model = settings };
        File.WriteAllText(Path.Combine(folder, "recipe.yaml"), beside.ToYaml());
    }

    private static void WriteTokenizer(Recipe recipe, string folder) =>
        File.WriteAllBytes(
            Path.Combine(folder, TokenizerFile),
            UserFile.ReadAllBytes(recipe.Tokenizer.FullPath, FileLimits.Tokenizer));

    private static long BytesIn(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
}
