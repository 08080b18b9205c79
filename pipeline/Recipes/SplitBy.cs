namespace VisualChat.Pipeline.Recipes;

/// <summary>What the split keeps whole.</summary>
internal enum SplitBy
{
    /// <summary>Samples: one image may be seen in training and in validation.</summary>
    Sample,

    /// <summary>Images: every image, and all samples that show it, is on one side.</summary>
    Image,
}
