using VisualChat.Model;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.SampleWorld;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Scoring;

/// <summary>
/// How many questions about pictures it has never seen a model answers correctly. The held-out
/// conversations of the sample world are put to it round by round, as a person would, with its own
/// earlier answers in view. Answers are compared letter by letter.
/// </summary>
internal sealed record HeldOutScore(IReadOnlyList<HeldOutQuestion> Questions)
{
    private const int MaxAnswerTokens = 24;

    // More would only take longer: with a thousand questions the standard error of a share is about
    // a hundredth.
    private const int MaxConversations = 800;

    /// <summary>The share of right answers.</summary>
    public double Share => (double)Questions.Count(question => question.IsRight) / Questions.Count;

    /// <summary>The share that the most common answer to each kind of question gets.</summary>
    public double BlindShare => (double)Questions.Count(question => question.IsGuessed) / Questions.Count;

    /// <summary>Puts the questions to a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="recipe">Its recipe, which has a sample world.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="world">The folder of the sample world.</param>
    /// <param name="progress">Receives the number of conversations done, and of all.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <param name="most">Only the first so many conversations are asked.</param>
    public static HeldOutScore Of(
        ChatModel model,
        Recipe recipe,
        SentencePieceTokenizer tokenizer,
        string world,
        Action<int, int> progress,
        CancellationToken cancellation,
        int most = MaxConversations)
    {
        SampleWorldSettings settings = recipe.Data.SampleWorld!;
        HeldOutEntry[] conversations =
            [.. HeldOutEntry.All(settings.Samples, settings.Seed).Take(most)];
        Dictionary<ClosedKind, string> blind = BlindAnswers(conversations);
        var greedy = new AnswerSettings { Sampling = new SamplingSettings { MaxNewTokens = MaxAnswerTokens } };
        var images = new ChatImages(recipe.Images.Frame);
        using var engine = new ChatEngine(model, recipe, tokenizer, new PrefixCacheLimits { Conversations = 1 });
        List<HeldOutQuestion> questions = [];
        for (int ordinal = 0; ordinal < conversations.Length; ordinal++)
        {
            HeldOutEntry conversation = conversations[ordinal];
            ChatImage[] shown = [.. conversation.Images(world).Select(images.FromFile)];
            var dialogue = new Dialogue(engine, greedy);
            for (int round = 0; round < conversation.Rounds.Count; round++)
            {
                Round asked = conversation.Rounds[round];
                ClosedKind kind = conversation.Closed[round].Kind;
                string answer = dialogue.Ask(asked.Question, round == 0 ? shown : [], cancellation);
                questions.Add(new HeldOutQuestion(
                    conversation.Name, round, kind, asked.Question, asked.Answer, answer.Trim(), blind[kind]));
            }

            progress(ordinal + 1, conversations.Length);
        }

        return new HeldOutScore(questions);
    }

    // The most common answer to each kind of question.
    private static Dictionary<ClosedKind, string> BlindAnswers(HeldOutEntry[] conversations) =>
        conversations
            .SelectMany(conversation => conversation.Closed)
            .GroupBy(closed => closed.Kind)
            .ToDictionary(kind => kind.Key, MostCommonAnswer);

    private static string MostCommonAnswer(IEnumerable<ClosedQuestion> questions) =>
        questions
            .GroupBy(closed => closed.Answer)
            .OrderByDescending(same => same.Count())
            .ThenBy(same => same.Key, StringComparer.Ordinal)
            .First()
            .Key;
}
