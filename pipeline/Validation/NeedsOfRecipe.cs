using VisualChat.Model;
using VisualChat.Model.Errors;
using VisualChat.Model.Language;
using VisualChat.Model.Memory;
using VisualChat.Model.Native;
using VisualChat.Model.Training;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Serving;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Validation;

/// <summary>
/// Finds what a recipe's model needs, by the computation with which <c>train</c> chooses the size
/// of its passes. No weight is read.
/// </summary>
internal sealed class NeedsOfRecipe
{
    private const string Cpu = "cpu";

    private readonly Recipe _recipe;
    private readonly SentencePieceTokenizer? _tokenizer;
    private readonly RunPlace _place;
    private readonly List<string> _problems;

    /// <param name="recipe">A recipe with a model.</param>
    /// <param name="tokenizer">Its tokenizer; null: it is not there.</param>
    /// <param name="place">Where the model is to be trained and used.</param>
    /// <param name="problems">
    /// Is told what does not fit where it was asked for, and devices that are not there.
    /// </param>
    public NeedsOfRecipe(
        Recipe recipe, SentencePieceTokenizer? tokenizer, RunPlace place, List<string> problems)
    {
        _recipe = recipe;
        _tokenizer = tokenizer;
        _place = place;
        _problems = problems;
    }

    /// <exception cref="InputException">A model's folder is not there.</exception>
    /// <exception cref="ModelException">
    /// A folder's <c>config.json</c> cannot be read, or the sizes do not fit together.
    /// </exception>
    public async Task<ModelNeeds> FindAsync(CancellationToken cancellation)
    {
        var special = new SpecialTokens(_tokenizer?.VocabularySize ?? RowsOfTables());
        ModelDescription description = ModelDescriptions.Of(_recipe, special, Cpu);
        (BatchMix mix, int longest) = await SamplesAsync(description, cancellation);
        string[] devices = _place.Devices.Count > 0 ? [.. _place.Devices] : [UsualDevice()];
        DeviceNeeds[] needs = [.. devices.Select(device => On(device, description, mix, longest))];
        var forecast = MemoryForecast.Of(description);
        return new ModelNeeds
        {
            ComputeType = KeyName.OfChoice(typeof(Dtype), _recipe.Model!.Dtype.ToString()),
            Parts = forecast.Parts,
            Missing = forecast.Unread,
            Devices = needs,
            Checkpoints = _recipe.Training is { } training ? Checkpoints(training, forecast) : null,
        };
    }

    // Without a tokenizer, as the decoder's own. If its folder is not there, that is told later.
    private int RowsOfTables()
    {
        if (_recipe.Model!.Language.Folder is not { } folder)
            throw new InputException("The tokenizer decides how large the embeddings are, and it cannot be read.");
        return Directory.Exists(folder.FullPath) ? LlamaConfig.Read(folder.FullPath).VocabularySize : 0;
    }

    // As train does without --device. Without libtorch, there is a CPU.
    private static string UsualDevice()
    {
        try
        {
            return ComputeDevice.Default();
        }
        catch (ModelException)
        {
            return Cpu;
        }
    }

    private static long? FreeIn(string folder)
    {
        string? there = Path.GetFullPath(folder);
        while (there is not null && !Directory.Exists(there))
            there = Path.GetDirectoryName(there);
        return there is null ? null : new DriveInfo(there).AvailableFreeSpace;
    }

    private DeviceNeeds On(string device, ModelDescription model, BatchMix mix, int longest)
    {
        FreeMemory? memory = MemoryOf(device);
        ModelDescription description = model with { Device = device };
        var forecast = MemoryForecast.Of(description);
        PassSize? pass = _recipe.Training is { } training
            ? PassSize.Foretold(training, description, forecast, mix, longest, memory, earlier: null)
            : null;
        if (pass?.TooLarge is { } problem && _place.Devices.Count > 0)
            _problems.Add(problem);
        int reach = description.Language.ReachablePositions;
        int sideBySide = new ServeLimits().SideBySide;
        long served = Math.Max(new PrefixCacheLimits().Positions, (long)sideBySide * reach);
        DataSettings reaching = _recipe.Data with { MaxSequenceTokens = reach };
        BatchShape prompt = BatchMix.AtMost(reaching, mix.ImageTokens, LearningObjective.Answers)
            .Shape(reach, isPadded: false);
        return new DeviceNeeds(
            device,
            memory,
            pass,
            _recipe.Training is { } settings ? forecast.OfTrained(settings.Optimizer) : null,
            new GenerationNeeds(1, reach, forecast.OfGeneration(prompt, reach)),
            new GenerationNeeds(sideBySide, served, forecast.OfGeneration(prompt, served)));
    }

    private FreeMemory? MemoryOf(string device)
    {
        try
        {
            return DeviceMemory.Of(device);
        }
        catch (ModelException exception)
        {
            _problems.AddRange(exception.Problems);
            return null;
        }
    }

    private CheckpointNeeds Checkpoints(TrainingSettings training, MemoryForecast forecast)
    {
        TrainedNeed trained = forecast.OfTrained(training.Optimizer);
        long? free = _place.Output is { } output ? FreeIn(output) : null;
        var needs = new CheckpointNeeds(trained.CheckpointBytes, trained.Weights, training.KeepCheckpoints, free);
        if (needs.Fits is false)
        {
            _problems.Add(
                $"--out {_place.Output}: the training's checkpoints take up to {needs.MostBytes / 1e9:F2} GB, and its "
                + $"disk has {needs.FreeBytes / 1e9:F2} GB left. Free some, or set training.keep_checkpoints lower.");
        }

        return needs;
    }

    // Of the shards that train would take, if they are blended; else the most the recipe allows.
    private async Task<(BatchMix Mix, int Longest)> SamplesAsync(
        ModelDescription description, CancellationToken cancellation)
    {
        int reach = description.Language.ReachablePositions;
        LearningObjective objective = _recipe.Training?.Objective ?? LearningObjective.Answers;
        string? shards = _place.Output is { } output ? new RunFolder(Path.GetFullPath(output)).Shards : null;
        if (_tokenizer is not null && shards is not null && new OutputFolder(shards).ReadManifest() is not null)
        {
            try
            {
                var blended = TrainingShards.Open(shards, _recipe, _tokenizer);
                return (
                    BatchMix.Of(blended.Manifest, objective),
                    await blended.RefuseLongSamplesAsync(reach, cancellation));
            }
            catch (InputException exception)
            {
                _problems.AddRange(exception.Problems);
            }
        }

        BatchMix mix = BatchMix.AtMost(_recipe.Data, description.VisualTokens, objective);
        return (mix, Math.Min(_recipe.Data.MaxSequenceTokens, reach));
    }
}
