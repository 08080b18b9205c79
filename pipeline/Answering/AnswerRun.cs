using VisualChat.Model.Errors;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Answering;

/// <summary>Puts conversations to a model, round by round, its own earlier answers in view.</summary>
/// <param name="engine">Answers.</param>
/// <param name="images">The images.</param>
/// <param name="settings">How answers are made.</param>
public sealed class AnswerRun(ChatEngine engine, QuestionImages images, AnswerSettings settings)
{
    /// <summary>Asks a whole conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="asked">Called after each round.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>What became of each round. After one that could not be asked, none is: it would be another conversation.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="ModelException">What the model computes are no numbers.</exception>
    public IReadOnlyList<AnsweredRound> Ask(AskedConversation conversation, Action asked, CancellationToken cancellation)
    {
        List<ChatRound> rounds = [];
        List<AnsweredRound> answers = [];
        foreach (AskedRound round in conversation.Rounds)
        {
            if (answers is [.., { Error: not null }])
                answers.Add(new AnsweredRound("", "Not asked, because the round before it could not be answered."));
            else
                answers.Add(Ask(rounds, round, cancellation));
            asked();
        }

        return answers;
    }

    private AnsweredRound Ask(List<ChatRound> rounds, AskedRound round, CancellationToken cancellation)
    {
        try
        {
            IReadOnlyList<ChatImage> shown = images.Of(round);
            using ChatAnswer answer = engine.Begin(system: null, rounds, round.Question, shown, settings);
            foreach (string _ in answer.Pieces(cancellation))
                continue;
            if (answer.End == AnswerEnd.Cancelled)
                throw new OperationCanceledException(cancellation);
            rounds.Add(new ChatRound(round.Question, shown, answer.Text));
            return new AnsweredRound(answer.Text, null);
        }
        catch (InputException exception)
        {
            return new AnsweredRound("", exception.Message);
        }
    }
}
