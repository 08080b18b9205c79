using System.CommandLine;
using System.Text.Json;
using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat blend RECIPE --data ROOT --out DIR</c>: makes the training shards.
/// </summary>
internal static class BlendCommand
{
    public static Command Create(CommandConsole console)
    {
        var command = new Command("blend", "Blend a recipe's datasets into training shards.")
        {
            CommonOptions.Recipe(),
            CommonOptions.Data(),
            CommonOptions.LinksMayLeadTo(),
            new Option<string?>("--out")
            {
                HelpName = "DIR",
                Description = "The folder the shards are written to. Running again continues an interrupted blend.",
            },
            new Option<bool>("--dry-run") { Description = "Show the plan, write nothing." },
            new Option<int>("--workers")
            {
                HelpName = "N",
                Description = "Samples worked on at once; changes no byte of the result.",
                DefaultValueFactory = _ => Environment.ProcessorCount,
            },
            new Option<int?>("--limit")
            {
                HelpName = "N",
                Description = "Make only the first N samples of the shuffle, to try a recipe.",
            },
            new Option<string?>("--partition")
            {
                HelpName = "I/N|auto",
                Description = "Make only every N-th shard, from the I-th: one share for each of N machines. "
                    + "auto or auto/N takes I from Slurm, Kubernetes or MPI.",
            },
            new Option<bool>("--fresh") { Description = "Throw away shards that another recipe left in the folder." },
            CommonOptions.Json(),
            CommonOptions.Set(),
        };
        command.SetAction((parsed, cancellation) => RunAsync(BlendOptions.From(parsed), console, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(
        BlendOptions options, CommandConsole console, CancellationToken cancellation)
    {
        Recipe recipe = options.Recipe.Read();
        if (!options.DryRun)
            OutputPath.RequireFolder("--out", options.Output!);
        Task<SentencePieceTokenizer> tokenizer =
            Task.Run(() => SentencePieceTokenizer.Load(recipe.Tokenizer.FullPath), cancellation);
        using DataRoot root = DataRoot.Resolve(recipe, options.Data, options.Cache, console.Error, cancellation);
        RecipeBlend blend = await ProgressScreen.IndexingAsync(
            console.Error,
            progress => RecipeBlend.PlanAsync(
                recipe,
                root.Folder,
                options.LinksMayLeadTo,
                tokenizer,
                options.Limit,
                options.Cache,
                progress,
                cancellation));
        if (options.DryRun)
        {
            var report = PlanReport.Of(blend.Catalog, blend.Plan);
            if (options.Json)
                await console.Output.WriteLineAsync(JsonSerializer.Serialize(report, JsonText.Indented));
            else
                BlendScreen.WritePlan(report, blend, console.Output);
            return NothingLeft.IsIn(blend.Plan) ? throw NothingLeft.Of(blend) : ExitCode.Done;
        }

        var folder = new OutputFolder(options.Output!);
        var settings = new BlendSettings
        {
            Workers = options.Workers,
            Partition = options.Partition,
            Fresh = options.Fresh,
            Hashes = options.Cache.Folder.Hashes(console.Error),
        };
        FinishedBlend? finished = await ProgressScreen.BlendingAsync(
            console.Error, progress => blend.RunAsync(folder, settings, progress, cancellation));
        if (finished is null)
        {
            await console.Error.WriteLineAsync(
                $"Partition {options.Partition} is done. When all are, run 'visualchat blend' without --partition "
                + "to check them and write the manifest.");
            return ExitCode.Done;
        }

        if (options.Json)
            await console.Output.WriteLineAsync(JsonSerializer.Serialize(finished.Manifest, JsonText.Indented));
        else
            BlendScreen.WriteResult(finished, blend.Catalog, folder, console.Output);
        BlendScreen.WriteWarnings(finished, blend.Catalog, console.Error);
        return ExitCode.Done;
    }
}
