namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>
/// What a key decides: runs whose keys differ there must not be continued one as the other.
/// </summary>
[Flags]
internal enum Outcome
{
    None = 0,

    /// <summary>The bytes of shards: every key with a <see cref="FingerprintAttribute"/>.</summary>
    Shards = 1,

    /// <summary>The weights that a training ends with.</summary>
    Training = 2,

    /// <summary>What a trained model answers.</summary>
    Answers = 4,

    /// <summary>
    /// How a training runs, and not what it ends with: it may change when the training continues,
    /// and a change is told.
    /// </summary>
    Running = 8,
}
