namespace VisualChat.Pipeline.Chat;

/// <summary>Why an answer ended.</summary>
public enum AnswerEnd
{
    /// <summary>The model ended it: by its end token, or by beginning another turn.</summary>
    EndOfTurn,

    /// <summary>One of <see cref="AnswerSettings.Stops"/> came.</summary>
    StopString,

    /// <summary>It has as many tokens as it may.</summary>
    TokenLimit,

    /// <summary>The conversation is as long as the model reaches.</summary>
    Full,

    /// <summary>It was cancelled, or its reader left.</summary>
    Cancelled,
}
