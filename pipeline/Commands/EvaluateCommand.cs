using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using VisualChat.Model;
using VisualChat.Model.Native;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Feeding;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>visualchat evaluate RECIPE --checkpoint DIR --shards DIR</c>: the mean loss over a split's labels.</summary>
public static class EvaluateCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        Argument<string> recipePath = CommonOptions.Recipe();
        Option<string> checkpoint = CommonOptions.Checkpoint();
        Option<string> shards = new("--shards") { HelpName = "DIR", Required = true, Description = "The folder of the shards, such as OUT/shards." };
        Option<string> split = new("--split") { Description = "The split to measure.", DefaultValueFactory = _ => ShardSet.Validation };
        split.AcceptOnlyFromAmong(ShardSet.Train, ShardSet.Validation);
        Option<string?> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json();
        Option<string[]> set = CommonOptions.Set();
        var command = new Command("evaluate", "Measure a checkpoint's loss on shards.") { recipePath, checkpoint, shards, split, device, json, set };
        command.SetAction(async (parsed, cancellation) =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            TextWriter error = parsed.InvocationConfiguration.Error;
            Recipe recipe = RecipeReader.Read(parsed.GetRequiredValue(recipePath), parsed.GetRequiredValue(set));
            SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer);
            TrainingShards ready = TrainingShards.Open(Path.GetFullPath(parsed.GetRequiredValue(shards)), recipe, tokenizer);
            var feeding = new FeedSettings
            {
                Batch = recipe.Training?.Batch ?? new TrainingSettings().Batch,
                MicroBatch = recipe.Training?.MicroBatch ?? new TrainingSettings().MicroBatch,
                ImageSize = recipe.Images.Size,
                Seed = recipe.Seed,
            };
            ShardFeed feed = await ShardFeed.OpenAsync(ready, parsed.GetRequiredValue(split), feeding, cancellation).ConfigureAwait(false);
            string folder = CheckpointStore.Checked(parsed.GetRequiredValue(checkpoint));
            ModelDescription description = ModelDescriptions.Of(recipe, new SpecialTokens(tokenizer.VocabularySize), parsed.GetValue(device) ?? ComputeDevice.Default(), folder);
            LossEvaluation evaluation = await ProgressScreen.RunAsync(error, "Evaluating", progress => Task.Factory.StartNew(
                () =>
                {
                    using ChatModel model = ChatModel.Create(description);
                    return LossEvaluation.Of(model, feed, done => progress.Report((done, feed.Samples, string.Create(CultureInfo.InvariantCulture, $"{done:N0} of {feed.Samples:N0} samples"))), cancellation);
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)).ConfigureAwait(false);
            await output.WriteLineAsync(parsed.GetValue(json)
                ? JsonSerializer.Serialize(
                    new
                    {
                        Checkpoint = folder,
                        Split = parsed.GetRequiredValue(split),
                        evaluation.Loss,
                        evaluation.Labels,
                        Samples = evaluation.Samples.Select(sample => new { sample.Id, Loss = sample.Labels == 0 ? 0 : sample.LossSum / sample.Labels, sample.Labels }),
                    },
                    OutputFolder.Json)
                : string.Create(CultureInfo.InvariantCulture, $"loss {evaluation.Loss:F4} over {evaluation.Labels:N0} labels of {evaluation.Samples.Count:N0} samples")).ConfigureAwait(false);
            return ExitCode.Done;
        });
        return command;
    }
}
