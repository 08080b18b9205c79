using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Vision;

namespace VisualChat.Model.Checkpoints;

/// <summary>Which files of a folder make a model, or a part of one.</summary>
public static class ModelFiles
{
    /// <summary>
    /// The names of the files that are read: <c>config.json</c> if there is one, and one file of
    /// weights, or an index and its shards. Of the weights, an index alone is read.
    /// </summary>
    /// <param name="folder">
    /// A Hugging Face folder, a checkpoint, or an exported model; or a file of weights, which is
    /// all that is read.
    /// </param>
    /// <exception cref="ModelException">
    /// The folder has no weights, or its index is damaged.
    /// </exception>
    public static IReadOnlyList<string> In(string folder)
    {
        bool hasConfig = UserFile.KindOf(Path.Combine(folder, ModelConfig.FileName)) != FileKind.Missing;
        IReadOnlyList<string> weights = WeightFolder.FilesIn(folder);
        return hasConfig ? [ModelConfig.FileName, .. weights] : weights;
    }

    /// <summary>
    /// Whether a checkpoint, an exported model or one of the released system has a vision tower.
    /// </summary>
    /// <param name="checkpoint">Its folder or file.</param>
    /// <exception cref="ModelException">It has no weights, or they cannot be read.</exception>
    public static bool HaveVisionTower(string checkpoint) => WeightFolder.Open(checkpoint).Tensors.Keys
        .Any(name => name.StartsWith(ClipParameters.Prefix, StringComparison.Ordinal));
}
