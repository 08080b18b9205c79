using VisualChat.Model.Errors;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Answering;

/// <summary>Puts the conversations of a question file to a model.</summary>
internal sealed class AnswerRun(ChatEngine engine, QuestionImages images, AnswerSettings settings)
{
    private static readonly AnsweredRound NotAsked =
        new("", "Not asked, because the round before it could not be answered.");

    /// <summary>Asks a whole conversation.</summary>
    /// <param name="conversation">What to ask.</param>
    /// <param name="asked">Called after each round.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <returns>
    /// One result for each round. After a round that failed none is asked: it would be another
    /// conversation.
    /// </returns>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    /// <exception cref="ModelException">The model produced NaN or infinity.</exception>
    public IReadOnlyList<AnsweredRound> Ask(
        AskedConversation conversation, Action asked, CancellationToken cancellation)
    {
        var dialogue = new Dialogue(engine, settings);
        List<AnsweredRound> answered = [];
        foreach (AskedRound round in conversation.Rounds)
        {
            bool hasFailed = answered is [.., { Error: not null }];
            answered.Add(hasFailed ? NotAsked : Ask(dialogue, round, cancellation));
            asked();
        }

        return answered;
    }

    private AnsweredRound Ask(Dialogue dialogue, AskedRound round, CancellationToken cancellation)
    {
        try
        {
            string answer = dialogue.Ask(round.Question, images.Of(round), cancellation);
            return new AnsweredRound(answer, Error: null);
        }
        catch (Exception exception) when (exception is InputException or DeviceMemoryException)
        {
            return new AnsweredRound("", exception.Message);
        }
    }
}
