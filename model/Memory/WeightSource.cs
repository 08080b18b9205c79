namespace VisualChat.Model.Memory;

/// <summary>Where a part's values come from.</summary>
public enum WeightSource
{
    /// <summary>Files that are there.</summary>
    Files,

    /// <summary>Files that are not there, or cannot be read.</summary>
    Missing,

    /// <summary>A random start.</summary>
    Random,
}
