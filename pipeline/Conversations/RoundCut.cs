namespace VisualChat.Pipeline.Conversations;

/// <summary>What <c>data.max_turn_tokens</c> took from a round.</summary>
internal enum RoundCut
{
    Nothing,

    /// <summary>The end of its answer.</summary>
    EndOfAnswer,

    /// <summary>The whole answer: nothing is left to learn, and nothing was encoded.</summary>
    WholeAnswer,

    /// <summary>One of its images: nothing was encoded.</summary>
    Image,
}
