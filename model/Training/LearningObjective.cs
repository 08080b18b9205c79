namespace VisualChat.Model.Training;

/// <summary>What a training learns to predict.</summary>
public enum LearningObjective
{
    /// <summary>The answers, of the images and the text before them.</summary>
    Answers,

    /// <summary>All text, of the text before it alone: images are not shown.</summary>
    Text,

    /// <summary>Hidden parts of images, of the rest of the same image: there is no text.</summary>
    Images,
}
