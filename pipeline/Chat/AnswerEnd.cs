namespace VisualChat.Pipeline.Chat;

/// <summary>Why an answer ended.</summary>
internal enum AnswerEnd
{
    /// <summary>The model ended it, by its end token or by beginning another round.</summary>
    Complete,

    /// <summary>One of <see cref="AnswerSettings.Stops"/> came.</summary>
    StopString,

    /// <summary>It has as many tokens as it may have.</summary>
    TokenLimit,

    /// <summary>The conversation is as long as the model reaches.</summary>
    Full,

    /// <summary>It was cancelled, or its reader left.</summary>
    Cancelled,
}
