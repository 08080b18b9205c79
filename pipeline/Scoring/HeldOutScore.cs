using VisualChat.Model;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.SampleWorld;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Scoring;

/// <summary>
/// How many questions about pictures it has never seen a model answers rightly: the sample world's held-out conversations, put to it round by round as a
/// person would, its own earlier answers in view, and compared letter by letter.
/// </summary>
/// <param name="Questions">Each question, in order.</param>
public sealed record HeldOutScore(IReadOnlyList<HeldOutQuestion> Questions)
{
    private const int MaxAnswerTokens = 24;

    // More would only take longer: with a thousand questions a share's standard error is about a hundredth.
    private const int MaxConversations = 800;

    /// <summary>The share answered rightly.</summary>
    public double Share => (double)Questions.Count(question => question.IsRight) / Questions.Count;

    /// <summary>The share that the commonest answer of each kind of question gets.</summary>
    public double BlindShare => (double)Questions.Count(question => question.IsGuessed) / Questions.Count;

    /// <summary>Asks a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="recipe">Its recipe, which has a sample world.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="world">The world's folder.</param>
    /// <param name="progress">Told the conversations done and in all.</param>
    /// <param name="cancellation">Stops it.</param>
    public static HeldOutScore Of(ChatModel model, Recipe recipe, SentencePieceTokenizer tokenizer, string world, Action<int, int> progress, CancellationToken cancellation)
    {
        SampleWorldSettings settings = recipe.Data.SampleWorld!;
        HeldOutEntry[] entries = [.. HeldOutEntry.All(settings.Samples, settings.Seed).Take(MaxConversations)];
        Dictionary<ClosedKind, string> commonest = entries
            .SelectMany(entry => entry.Closed)
            .GroupBy(closed => closed.Kind)
            .ToDictionary(kind => kind.Key, kind => kind.GroupBy(closed => closed.Answer).OrderByDescending(same => same.Count()).ThenBy(same => same.Key, StringComparer.Ordinal).First().Key);
        var questions = new List<HeldOutQuestion>();
        var greedy = new AnswerSettings { Sampling = new SamplingSettings { MaxNewTokens = MaxAnswerTokens } };
        var images = new ChatImages(recipe.Images.Size);
        using var engine = new ChatEngine(model, recipe, tokenizer, new PrefixCacheLimits { Conversations = 1 });
        for (int ordinal = 0; ordinal < entries.Length; ordinal++)
        {
            HeldOutEntry entry = entries[ordinal];
            ChatImage[] shown = [.. entry.Images(world).Select(images.FromFile)];
            List<ChatRound> rounds = [];
            for (int round = 0; round < entry.Rounds.Count; round++)
            {
                string question = entry.Rounds[round].Question;
                ChatImage[] brought = round == 0 ? shown : [];
                using ChatAnswer answer = engine.Begin(system: null, rounds, question, brought, greedy);
                foreach (string _ in answer.Pieces(cancellation))
                    continue;
                cancellation.ThrowIfCancellationRequested();
                rounds.Add(new ChatRound(question, brought, answer.Text));
                ClosedKind kind = entry.Closed[round].Kind;
                questions.Add(new HeldOutQuestion(entry.Name, round, kind, question, entry.Rounds[round].Answer, answer.Text.Trim(), commonest[kind]));
            }

            progress(ordinal + 1, entries.Length);
        }

        return new HeldOutScore(questions);
    }
}
