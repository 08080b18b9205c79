using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Vision;

namespace VisualChat.Model.Checkpoints;

/// <summary>
/// A checkpoint of DeepSpeed-VisualChat: <c>pytorch_model.bin</c>, the whole model's tensors under
/// the names that models here have, without a configuration.
/// </summary>
/// <remarks>
/// Its weights are fused: where LoRA was trained and its tensors were written too, the weights
/// beside them have it already. <c>lang_embed</c> is the table that was trained. The decoder's own,
/// <c>embed_tokens</c>, is the one that training began with.
/// </remarks>
public static class ReleasedCheckpoint
{
    /// <summary>The file's name.</summary>
    public const string FileName = "pytorch_model.bin";

    /// <summary>
    /// Whether a path is that of such a file, or of a folder with one. A folder that this program
    /// wrote, and a file in it, is none.
    /// </summary>
    /// <exception cref="ModelException">The folder's <c>config.json</c> is damaged.</exception>
    public static bool IsAt(string path)
    {
        bool isFile = UserFile.KindOf(path) == FileKind.File;
        string folder = isFile ? Path.GetDirectoryName(path)! : path;
        bool isHere = isFile || Has(FileName) || Has(FileName + ".index.json");
        return isHere && !(Has(ModelConfig.FileName) && ModelConfig.IsOwn(folder));

        bool Has(string name) => UserFile.KindOf(Path.Combine(folder, name)) != FileKind.Missing;
    }

    /// <summary>
    /// The vision tower among its tensors, as <see cref="VisionTowerConfig.Title"/> tells it; null:
    /// there is none.
    /// </summary>
    /// <param name="path">The file, or its folder.</param>
    /// <exception cref="ModelException">It is damaged.</exception>
    internal static string? TowerIn(string path)
    {
        IReadOnlyDictionary<string, TensorEntry> tensors = WeightFolder.Open(path).Tensors;
        if (tensors.TryGetValue(ClipParameters.ClassEmbedding, out TensorEntry? clip) && clip.Shape is [var width])
            return VisionTowerConfig.TitleOf(ClipParameters.Kind, width);
        return tensors.TryGetValue(QwenParameters.LastNorm, out TensorEntry? qwen) && qwen.Shape is [var output]
            ? VisionTowerConfig.TitleOf(QwenParameters.Kind, output)
            : null;
    }
}
