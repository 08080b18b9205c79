using VisualChat.Model;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Features;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Training;

/// <summary>A training to start or to continue.</summary>
internal sealed record TrainingJob
{
    public required Recipe Recipe { get; init; }

    public required SentencePieceTokenizer Tokenizer { get; init; }

    /// <summary>What is trained on, checked.</summary>
    public required TrainingShards Shards { get; init; }

    /// <summary>Features in place of the images; null: the tower computes them.</summary>
    public FeatureFolder? Features { get; init; }

    /// <summary>Remembers which files were read and checked before.</summary>
    public required FileHashes Hashes { get; init; }

    /// <summary>Where it writes to.</summary>
    public required RunFolder Folder { get; init; }

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    public required string Device { get; init; }

    /// <summary>
    /// Asks the model questions at every evaluation, on the training's thread; null: only its loss
    /// is measured.
    /// </summary>
    public Func<ChatModel, AnsweredQuestions?>? Ask { get; init; }

    /// <summary>The step to stop at, as if interrupted there; null: the end.</summary>
    public int? MaxSteps { get; init; }
}
