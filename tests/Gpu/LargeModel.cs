using VisualChat.Model;
using VisualChat.Model.Vision;
using VisualChat.Tests;

namespace VisualChat.Gpu;

/// <summary>
/// The model whose speed is measured: LLaMA-2 7B and CLIP ViT-L/14 of random weights, in the run's
/// work folder; in a rehearsal one of the same kind that a CPU computes in no time.
/// </summary>
internal static class LargeModel
{
    public static ModelDescription Describe(RunOptions options)
    {
        ModelDescription large = RandomTowers.Large(Path.Combine(options.Work, "towers")) with
        {
            Device = options.Device,
        };
        if (!options.IsSmall)
            return large;
        return large with
        {
            Vision = (ClipVisionConfig)large.Vision with
            {
                HiddenSize = 32,
                IntermediateSize = 64,
                Layers = 2,
                Heads = 2,
                ImageSize = 28,
            },
            Language = large.Language with
            {
                HiddenSize = 64,
                IntermediateSize = 96,
                Layers = 2,
                Heads = 4,
                VocabularySize = 997,
            },
            VocabularySize = 1000,
            ImageToken = 998,
        };
    }
}
