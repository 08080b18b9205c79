using System.CommandLine;
using System.Text.Json;
using VisualChat.Model;
using VisualChat.Model.Errors;
using VisualChat.Model.Memory;
using VisualChat.Model.Native;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Terminal.Screens;
using VisualChat.Pipeline.Threading;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// <c>visualchat evaluate RECIPE --checkpoint DIR --shards DIR</c>: the mean loss over a split's
/// labels.
/// </summary>
internal static class EvaluateCommand
{
    public static Command Create(CommandConsole console)
    {
        var command = new Command("evaluate", "Measure a checkpoint's loss on shards.")
        {
            CommonOptions.Recipe(),
            CommonOptions.Checkpoint(),
            new Option<string>("--shards")
            {
                HelpName = "DIR",
                Required = true,
                Description = "The folder of the shards, such as OUT/shards.",
            },
            new Option<string>("--split")
            {
                Description = "The split to measure.",
                DefaultValueFactory = _ => ShardSet.Validation,
            }.AcceptOnlyFromAmong(ShardSet.Train, ShardSet.Validation),
            CommonOptions.Device(),
            CommonOptions.Json(),
            CommonOptions.Set(),
        };
        command.SetAction((parsed, cancellation) => RunAsync(EvaluateOptions.From(parsed), console, cancellation));
        return command;
    }

    public static async Task<int> RunAsync(
        EvaluateOptions options, CommandConsole console, CancellationToken cancellation)
    {
        Recipe recipe = options.Recipe.Read();
        var tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer.FullPath);
        var shards = TrainingShards.Open(Path.GetFullPath(options.Shards), recipe, tokenizer);
        var hashes = CacheFolder.OfUser().Hashes(console.Error);
        await ProgressScreen.CheckingShardsAsync(console.Error, async progress =>
        {
            await shards.VerifyAsync(options.Split, hashes, progress, cancellation);
            return shards;
        });
        TrainingSettings training = recipe.Training ?? new TrainingSettings();
        string device = options.Device ?? ComputeDevice.Default();
        var trained = TrainedModel.Open(recipe, tokenizer, options.Checkpoint, device, hashes, console.Error);
        var settings = new DataLoaderSettings
        {
            Batch = training.Batch,
            Cut = PassSize.EvaluationCutOf(
                training,
                trained.Description,
                BatchMix.Of(shards.Manifest, training.Objective),
                recipe.Data.MaxSequenceTokens,
                DeviceMemory.Of(device)),
            Frame = recipe.Images.Frame,
            ImageOrder = recipe.Images.Order,
            Content = LearnedContent.Of(training, new SpecialTokens(tokenizer.VocabularySize), trained.Description),
            Seed = recipe.TrainingSeed,
        };
        ShardDataLoader loader = await ShardDataLoader.OpenAsync(shards, options.Split, settings, cancellation);
        LossEvaluation evaluation = await ProgressScreen.RunAsync(
            console.Error, "Evaluating", progress => OwnThread.Run(() =>
            {
                using var model = ChatModel.Create(trained.Description);
                try
                {
                    return LossEvaluation.Of(model, loader, int.MaxValue, Report, cancellation);
                }
                catch (DeviceMemoryException exception)
                {
                    string advice = PassSize.LessMemory(training, chosen: null);
                    throw new WorkException($"{exception.Message} {advice}", exception);
                }

                void Report(int done) => progress.Report(
                    new WorkProgress(done, loader.Samples, $"{done:N0} of {loader.Samples:N0} samples"));
            }));
        await console.Output.WriteLineAsync(options.Json
            ? JsonOf(evaluation, trained.Folder, options.Split)
            : $"loss {evaluation.Loss:F4} over {evaluation.Labels:N0} labels of {evaluation.Samples.Count:N0} samples");
        if (double.IsFinite(evaluation.Loss))
            return ExitCode.Done;
        await console.Error.WriteLineAsync(ProblemOf(evaluation));
        return ExitCode.Failed;
    }

    private static string ProblemOf(LossEvaluation evaluation)
    {
        if (evaluation.Labels == 0)
            return "error: no sample of the split has a label, so that there is no loss.";
        EvaluatedSample[] broken = [.. evaluation.Samples.Where(sample => !double.IsFinite(sample.LossSum))];
        string first = broken.Length > 0 ? $", the first of them '{broken[0].Id}'" : "";
        return $"error: the model computes NaN or infinity for {broken.Length:N0} of "
            + $"{evaluation.Samples.Count:N0} samples{first}. Its training diverged, or its weights are damaged: "
            + "evaluate an earlier checkpoint.";
    }

    private static string JsonOf(LossEvaluation evaluation, string checkpoint, string split)
    {
        var document = new
        {
            Checkpoint = checkpoint,
            Split = split,
            evaluation.Loss,
            evaluation.Labels,
            Samples = evaluation.Samples.Select(sample => new
            {
                sample.Id,
                Loss = sample.Labels == 0 ? 0 : sample.LossSum / sample.Labels,
                sample.Labels,
            }),
        };
        return JsonSerializer.Serialize(document, JsonText.Indented);
    }
}
