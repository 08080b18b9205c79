using System.CommandLine;
using System.Globalization;
using VisualChat.Model;
using VisualChat.Model.Checkpoints;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat export RECIPE --checkpoint DIR --out DIR</c>: a model with all its parts in one folder, or its two towers.</summary>
public static class ExportCommand
{
    private const string TokenizerFile = "tokenizer.model";

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> recipePath = CommonOptions.Recipe();
        Option<string> checkpoint = CommonOptions.Checkpoint();
        Option<string> output = new("--out") { HelpName = "DIR", Required = true, Description = "A new folder." };
        Option<bool> towers = new("--towers")
        {
            Description = "Write DIR/vision and DIR/language instead, which other tools open as a CLIP vision tower and a LLaMA decoder. The projection is left out.",
        };
        Option<string[]> set = CommonOptions.Set();
        var command = new Command("export", "Write a checkpoint and all it builds on as one folder. What was trained is rounded to the recipe's model.dtype.")
        {
            recipePath, checkpoint, output, towers, set,
        };
        command.SetAction(async (parsed, _) =>
        {
            Recipe recipe = RecipeReader.Read(parsed.GetRequiredValue(recipePath), parsed.GetRequiredValue(set));
            SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer);
            string folder = CheckpointStore.Checked(parsed.GetRequiredValue(checkpoint));
            string target = Path.GetFullPath(parsed.GetRequiredValue(output));
            if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any())
                throw new InputException($"--out '{target}' is not empty. Name a new folder.");
            ModelDescription description = ModelDescriptions.Of(recipe, new SpecialTokens(tokenizer.VocabularySize), "cpu", folder);
            string unfinished = $"{target.TrimEnd(Path.DirectorySeparatorChar)}.unfinished";
            if (Directory.Exists(unfinished))
                Directory.Delete(unfinished, recursive: true);
            using (ChatModel model = ChatModel.Create(description))
            {
                if (parsed.GetValue(towers))
                    WriteTowers(model, recipe, unfinished);
                else
                    WriteWhole(model, recipe, unfinished);
            }

            if (Directory.Exists(target))
                Directory.Delete(target);
            Directory.Move(unfinished, target);
            long bytes = new DirectoryInfo(target).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{target}: {bytes / 1e6:N1} MB")).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteTowers(ChatModel model, Recipe recipe, string folder)
    {
        string vision = Directory.CreateDirectory(Path.Combine(folder, "vision")).FullName;
        string language = Directory.CreateDirectory(Path.Combine(folder, "language")).FullName;
        ModelExport.WriteTowers(model, vision, language);
        File.Copy(recipe.Tokenizer, Path.Combine(language, TokenizerFile));
    }

    // The recipe of the folder names what lies beside it, so that the folder can be moved.
    private static void WriteWhole(ChatModel model, Recipe recipe, string folder)
    {
        Directory.CreateDirectory(folder);
        ModelExport.Write(model, folder);
        File.Copy(recipe.Tokenizer, Path.Combine(folder, TokenizerFile));
        File.WriteAllText(Path.Combine(folder, "recipe.yaml"), RecipeWriter.Write(recipe with
        {
            GivenTokenizer = TokenizerFile,
            Model = recipe.Model! with { Vision = folder, GivenVision = ".", VisionSizes = null, Language = folder, GivenLanguage = ".", LanguageSizes = null },
        }));
    }
}
