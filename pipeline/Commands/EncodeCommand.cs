using System.CommandLine;
using System.Text.Json;
using VisualChat.Model;
using VisualChat.Model.Native;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Features;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat encode RECIPE --shards DIR --out DIR</c>: has the frozen vision tower compute the
/// features of the shards' images, each once, for <c>training.features</c>.
/// </summary>
internal static class EncodeCommand
{
    public static Command Create(CommandConsole console)
    {
        var command = new Command("encode", "Compute and keep what a frozen vision tower makes of the shards' images.")
        {
            CommonOptions.Recipe(),
            new Option<string>("--shards")
            {
                HelpName = "DIR",
                Required = true,
                Description = "The folder of the shards, such as OUT/shards.",
            },
            new Option<string>("--out")
            {
                HelpName = "DIR",
                Required = true,
                Description = "The folder of the features. Running again continues an interrupted run.",
            },
            CommonOptions.Device(),
            CommonOptions.Json(),
            CommonOptions.Set(),
        };
        command.SetAction((parsed, cancellation) => RunAsync(EncodeOptions.From(parsed), console, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(
        EncodeOptions options, CommandConsole console, CancellationToken cancellation)
    {
        Recipe recipe = options.Recipe.Read();
        OutputPath.RequireFolder("--out", options.Output);
        string device = options.Device ?? ComputeDevice.Default();
        ComputeDevice.Require(device);
        var tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer.FullPath);
        var special = new SpecialTokens(tokenizer.VocabularySize);
        ModelDescription description = ModelDescriptions.Of(recipe, special, device);
        var shards = TrainingShards.Open(Path.GetFullPath(options.Shards), recipe, tokenizer);
        var hashes = CacheFolder.OfUser().Hashes(console.Error);
        await ProgressScreen.CheckingShardsAsync(console.Error, async progress =>
        {
            await shards.VerifyAsync(split: null, hashes, progress, cancellation);
            return shards;
        });
        string root = Path.GetFullPath(options.Output);
        FeatureEncoding done = await EncodeAsync(root, recipe, description, shards, hashes, console, cancellation);
        await console.Output.WriteLineAsync(options.Json
            ? JsonSerializer.Serialize(
                new { Folder = root, done.Census.Shown, done.Census.Distinct, Encoded = done.ToDo, done.Bytes },
                JsonText.Indented)
            : $"encoded {done.ToDo:N0} images, {done.Bytes / 1e6:N1} MB; the shards' {done.Census.Distinct:N0} "
                + $"images are all in {root}");
        return ExitCode.Done;
    }

    /// <summary>Encodes what a folder lacks of shards' images.</summary>
    public static async Task<FeatureEncoding> EncodeAsync(
        string root,
        Recipe recipe,
        ModelDescription description,
        TrainingShards shards,
        FileHashes hashes,
        CommandConsole console,
        CancellationToken cancellation)
    {
        FeatureKind kind = FeatureKinds.Of(recipe, description, hashes);
        using IDisposable taken = FeatureFolder.Take(root);
        var folder = FeatureFolder.OpenOrMake(root, kind, description.FeatureBytes);
        FeatureEncoding encoding = await ProgressScreen.RunAsync(
            console.Error,
            "Counting images",
            progress => FeatureEncoding.PrepareAsync(
                folder,
                shards,
                recipe.Images.Frame,
                (counted, all) => progress.Report(
                    new WorkProgress(counted, all, $"{counted:N0} of {all:N0} row groups")),
                cancellation));
        await console.Error.WriteLineAsync(encoding.Plan);
        return await ProgressScreen.RunAsync(console.Error, "Encoding", async progress =>
        {
            await encoding.RunAsync(
                description,
                encoded => progress.Report(new WorkProgress(
                    encoded, encoding.ToDo, $"{encoded:N0} of {encoding.ToDo:N0} images")),
                cancellation);
            return encoding;
        });
    }
}
