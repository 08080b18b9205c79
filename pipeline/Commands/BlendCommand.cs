using System.CommandLine;
using System.Text.Json;
using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat blend RECIPE --data ROOT --out DIR</c>: makes the training shards.</summary>
public static class BlendCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> recipePath = CommonOptions.Recipe();
        Option<string?> data = CommonOptions.Data();
        Option<string[]> set = CommonOptions.Set();
        Option<bool> json = CommonOptions.Json();
        Option<string?> output = new("--out") { HelpName = "DIR", Description = "The folder the shards are written to. Running again continues an interrupted blend." };
        Option<bool> dryRun = new("--dry-run") { Description = "Show the plan, write nothing." };
        Option<int> workers = new("--workers")
        {
            HelpName = "N",
            Description = "Samples worked on at once; changes no byte of the result.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        Option<int?> limit = new("--limit") { HelpName = "N", Description = "Make only the first N samples of the shuffle, to try a recipe." };
        Option<string?> partition = new("--partition") { HelpName = "I/N", Description = "Make only every N-th shard, from the I-th: one share for each of N machines." };
        Option<bool> fresh = new("--fresh") { Description = "Throw away shards that another recipe left in the folder." };
        var command = new Command("blend", "Blend a recipe's datasets into training shards.")
        {
            recipePath, data, output, dryRun, workers, limit, partition, fresh, json, set,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            TextWriter results = parsed.InvocationConfiguration.Output;
            TextWriter error = parsed.InvocationConfiguration.Error;
            Refuse(parsed.GetValue(workers) < 1, "--workers must be at least 1.");
            Refuse(parsed.GetValue(limit) < 1, "--limit must be at least 1.");
            Refuse(!parsed.GetValue(dryRun) && parsed.GetValue(output) is null, "blend needs --out DIR, the folder to write the shards to (or --dry-run).");
            Partition? share = parsed.GetValue(partition) is { } text ? Partition.Parse(text) : null;

            Recipe recipe = RecipeReader.Read(parsed.GetRequiredValue(recipePath), parsed.GetRequiredValue(set));
            Task<SentencePieceTokenizer> tokenizer = Task.Run(() => SentencePieceTokenizer.Load(recipe.Tokenizer), cancellation);
            RecipeBlend blend = await RecipeBlend.PlanAsync(recipe, tokenizer, parsed.GetValue(data), parsed.GetValue(limit), error, cancellation).ConfigureAwait(false);
            if (parsed.GetValue(dryRun))
            {
                PlanReport report = PlanReport.Of(blend.Catalog, blend.Plan);
                if (parsed.GetValue(json))
                    await results.WriteLineAsync(JsonSerializer.Serialize(report, OutputFolder.Json)).ConfigureAwait(false);
                else
                    BlendScreen.WritePlan(report, results);
                return ExitCode.Done;
            }

            var folder = new OutputFolder(parsed.GetRequiredValue(output)!);
            var options = new BlendOptions { Workers = parsed.GetValue(workers), Partition = share, Fresh = parsed.GetValue(fresh) };
            Manifest? manifest = await blend.RunAsync(folder, options, cancellation).ConfigureAwait(false);
            if (manifest is null)
                await error.WriteLineAsync($"Partition {share} is done. When all are, run 'visualchat blend' without --partition to check them and write the manifest.").ConfigureAwait(false);
            else if (parsed.GetValue(json))
                await results.WriteLineAsync(JsonSerializer.Serialize(manifest, OutputFolder.Json)).ConfigureAwait(false);
            else
                BlendScreen.WriteResult(manifest, folder, results);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Refuse(bool isWrong, string problem)
    {
        if (isWrong)
            throw new InputException(problem);
    }
}
