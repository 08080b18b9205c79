using VisualChat.Model;
using VisualChat.Model.Training;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>
/// What of a shard's samples the model is shown and learns. The same shards serve every objective.
/// </summary>
internal sealed class LearnedContent
{
    // This word decides what is hidden in every training: changing it would change them all.
    private const string Purpose = "hidden blocks";

    private readonly LearningObjective _objective;
    private readonly int _imageToken;
    private readonly int _blocksOfImage;
    private readonly int _hiddenOfImage;

    private LearnedContent(LearningObjective objective, int imageToken, int blocksOfImage, int hiddenOfImage)
    {
        _objective = objective;
        _imageToken = imageToken;
        _blocksOfImage = blocksOfImage;
        _hiddenOfImage = hiddenOfImage;
    }

    /// <summary>All is shown, and the answers are learned.</summary>
    public static LearnedContent Answers { get; } = new(LearningObjective.Answers, 0, 0, 0);

    /// <summary>Whether images are shown, and so have to be decoded.</summary>
    public bool ShowsImages => _objective != LearningObjective.Text;

    /// <summary>What a recipe's training learns.</summary>
    /// <param name="training">The recipe's.</param>
    /// <param name="special">The ids after the tokenizer's vocabulary.</param>
    /// <param name="model">The model, which says how images divide into blocks.</param>
    public static LearnedContent Of(TrainingSettings training, SpecialTokens special, ModelDescription model)
    {
        int blocks = model.BlocksOfImage;

        // Something is hidden, and something is left to tell it by.
        int share = (int)Math.Round(training.HiddenShare * blocks);
        int hidden = Math.Clamp(share, Math.Min(1, blocks), Math.Max(0, blocks - 1));
        return new LearnedContent(training.Objective, special.Image, blocks, hidden);
    }

    /// <summary>A row as the model takes it.</summary>
    public ModelSample SampleOf(TrainingRow row)
    {
        if (_objective == LearningObjective.Answers)
            return new ModelSample(row.InputIds, row.Labels);
        bool isImages = _objective == LearningObjective.Images;
        int[] ids = [.. row.InputIds.Where(id => id == _imageToken == isImages)];
        int[] labels = isImages ? [.. ids.Select(_ => SpecialTokens.IgnoredLabel)] : ids;
        return new ModelSample(ids, labels);
    }

    /// <summary>Positions that it takes.</summary>
    public int PositionsOf(TrainingRow row)
    {
        int text = row.InputIds.Length - row.Images.Count;
        return _objective switch
        {
            LearningObjective.Answers => row.SequenceTokens,
            LearningObjective.Text => text,
            _ => row.SequenceTokens - text,
        };
    }

    /// <summary>
    /// The blocks that are hidden in each image of a sample; null: none are. They depend on the
    /// seed and the place in the training alone, so that a training that continues hides the same
    /// ones, and every epoch hides others.
    /// </summary>
    /// <param name="images">The sample's images.</param>
    /// <param name="seed">The training's seed.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="place">The sample's place in the epoch's order, from 0.</param>
    public IReadOnlyList<ReadOnlyMemory<int>>? HiddenIn(int images, long seed, int epoch, int place)
    {
        if (_objective != LearningObjective.Images)
            return null;
        var hidden = new ReadOnlyMemory<int>[images];
        for (int image = 0; image < images; image++)
        {
            var random = new KeyedRandom(seed, Purpose, place, $"epoch {epoch}, image {image}");
            int[] blocks = [.. Enumerable.Range(0, _blocksOfImage)];
            random.Shuffle<int>(blocks);
            Array.Sort(blocks, 0, _hiddenOfImage);
            hidden[image] = blocks.AsMemory(0, _hiddenOfImage);
        }

        return hidden;
    }
}
