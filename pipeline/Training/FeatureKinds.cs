using System.Text;
using VisualChat.Model;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.Quantisation;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Features;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Training;

/// <summary>What a recipe's features are of.</summary>
internal static class FeatureKinds
{
    /// <summary>
    /// The kind of a recipe's features. The tower is told by the checksums that a checkpoint
    /// records of it (<see cref="TowerFiles"/>); one that starts at random, by its sizes and seed.
    /// </summary>
    /// <param name="recipe">How images are prepared.</param>
    /// <param name="description">The recipe's model.</param>
    /// <param name="hashes">Remembers which files were read before.</param>
    /// <exception cref="InputException">The tower is trained.</exception>
    /// <exception cref="WorkException">A folder with checksums of its own is damaged.</exception>
    public static FeatureKind Of(Recipe recipe, ModelDescription description, FileHashes hashes)
    {
        if (recipe.Model!.Trainable.Parts.Contains(TrainablePart.Vision))
        {
            throw new InputException(
                $"{KeyName.Path(nameof(Recipe.Model), nameof(ModelSettings.Trainable))} has the vision tower learn: "
                + "only the features of a frozen one can be kept.");
        }

        bool startHasTower = description.Start is { } start && ModelFiles.HaveVisionTower(start);
        IReadOnlyDictionary<string, FileChecksum> files = TowerFiles.Of(
            description with
            {
                VisionFolder = startHasTower ? null : description.VisionFolder,
                LanguageFolder = null,
                Start = startHasTower ? description.Start : null,
            },
            hashes);
        var text = new StringBuilder(ModelConfig.VisionJson(description.Vision));
        foreach ((string name, FileChecksum file) in files)
            _ = text.Append($"\n{name} {file.Bytes} {file.Sha256}");
        if (files.Count == 0)
            _ = text.Append($"\nseed {description.Seed}");
        return new FeatureKind(
            description.Vision.Title,
            Sha256.Of(Encoding.UTF8.GetBytes(text.ToString())),
            recipe.Images.Size,
            KeyName.OfChoice(typeof(ImageResize), recipe.Images.Resize.ToString()),
            KeyName.OfChoice(typeof(Dtype), recipe.Model.Dtype.ToString()),
            recipe.Model.Frozen is { } bits ? KeyName.OfChoice(typeof(FrozenFormat), bits.ToString()) : null,
            [description.Vision.VisualTokens, description.Vision.FeatureSize]);
    }
}
