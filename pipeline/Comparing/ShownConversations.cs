using VisualChat.Model;
using VisualChat.Model.Errors;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.SampleWorld;
using VisualChat.Pipeline.Scoring;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Comparing;

/// <summary>
/// The held-out conversations that every variant is asked, as figures 3 and 4 of the paper
/// (arXiv 2309.14327) show them: some of the validation split, and in a sample world some whose
/// answers are exact. Which they are depends on the shards alone.
/// </summary>
internal static class ShownConversations
{
    private const int OfShards = 6;
    private const int OfEachForm = 2;

    /// <summary>A description takes three or four sentences.</summary>
    private const int MaxAnswerTokens = 160;

    /// <summary>
    /// Samples of the validation split: the same number of each entry, at even distances.
    /// </summary>
    /// <remarks>
    /// Cost: small columns of the split's shards, and a row group for each sample.
    /// </remarks>
    /// <exception cref="WorkException">A shard cannot be read.</exception>
    public static async Task<IReadOnlyList<ShownConversation>> OfSplitAsync(
        TrainingShards shards, ChatImages images, CancellationToken cancellation)
    {
        var rows = new List<(string File, int Row, string Dataset)>();
        foreach (string file in shards.FilesOf(ShardSet.Validation))
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(file, cancellation);
            int row = 0;
            await foreach (RowSummary summary in reader.ReadSummariesAsync(cancellation))
                rows.Add((file, row++, summary.Dataset));
        }

        var shown = new List<ShownConversation>();
        foreach ((string file, int row, string dataset) in EvenlyOf(rows))
        {
            await using ShardFileReader reader = await ShardFileReader.OpenAsync(file, cancellation);
            shown.Add(Of(await reader.ReadRowAsync(row, cancellation), images));
        }

        return shown;
    }

    /// <summary>The sample world's first conversations of each form.</summary>
    /// <param name="world">The folder of the recipe's sample world.</param>
    public static IReadOnlyList<ShownConversation> OfWorld(Recipe recipe, string world, ChatImages images)
    {
        SampleWorldSettings settings = recipe.Data.SampleWorld!;
        return
        [
            .. HeldOutEntry.All(settings.Samples, settings.Seed)
                .GroupBy(entry => HeldOutQuestion.FormOf(entry.Name))
                .SelectMany(form => form.Take(OfEachForm))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)
                .Select(Shown),
        ];

        ShownConversation Shown(HeldOutEntry entry) => new(
            entry.Name,
            "questions with one right answer",
            [.. entry.Images(world).Select(images.FromFile)],
            [.. entry.Rounds.Select((round, index) =>
                new ShownRound(round.Question, index == 0 ? entry.Scenes.Count : 0, round.Answer, IsExact: true))]);
    }

    /// <summary>Asks a model, its own earlier answers in view.</summary>
    public static IReadOnlyList<AnsweredConversation> Ask(
        ChatModel model,
        Recipe recipe,
        SentencePieceTokenizer tokenizer,
        IReadOnlyList<ShownConversation> conversations,
        CancellationToken cancellation)
    {
        var greedy = new AnswerSettings { Sampling = new SamplingSettings { MaxNewTokens = MaxAnswerTokens } };
        using var engine = new ChatEngine(model, recipe, tokenizer, new PrefixCacheLimits { Conversations = 1 });
        return [.. conversations.Select(Answered)];

        AnsweredConversation Answered(ShownConversation conversation)
        {
            var dialogue = new Dialogue(engine, greedy);
            var answers = new List<string>();
            int image = 0;
            try
            {
                foreach (ShownRound round in conversation.Rounds)
                {
                    IReadOnlyList<ChatImage> images = [.. conversation.Images.Skip(image).Take(round.Images)];
                    image += round.Images;
                    answers.Add(dialogue.Ask(round.Question, images, cancellation).Trim());
                }
            }
            catch (Exception exception) when (exception is InputException or ModelException)
            {
                return new AnsweredConversation(conversation.Name, answers) { Problem = exception.Message };
            }

            return new AnsweredConversation(conversation.Name, answers);
        }
    }

    private static IEnumerable<(string File, int Row, string Dataset)> EvenlyOf(
        List<(string File, int Row, string Dataset)> rows)
    {
        IGrouping<string, (string File, int Row, string Dataset)>[] entries =
            [.. rows.GroupBy(row => row.Dataset).Take(OfShards)];
        for (int entry = 0; entry < entries.Length; entry++)
        {
            (string File, int Row, string Dataset)[] all = [.. entries[entry]];
            int count = Math.Min(all.Length, (OfShards + entries.Length - 1 - entry) / entries.Length);
            for (int index = 0; index < count; index++)
                yield return all[index * all.Length / count];
        }
    }

    private static ShownConversation Of(SampleRow row, ChatImages images) => new(
        row.Id,
        $"held out of {row.Dataset}",
        [.. row.Images.Select(image => images.FromBytes(image.Bytes.Span, image.Path))],
        [.. row.Rounds.Select(round => new ShownRound(round.Question, round.Images, round.Answer, IsExact: false))]);
}
