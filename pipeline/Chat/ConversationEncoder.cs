using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// Encodes a conversation into the ids that training would give the same rounds, in parts. A part
/// ends where an answer begins: the first is the system text and the first prompt, every other one
/// an answer and the prompt after it. A pure function; thread safe.
/// </summary>
/// <param name="tokenizer">The recipe's tokenizer.</param>
/// <param name="system">The system text of conversations that have none of their own.</param>
/// <param name="order">Which image of a conversation is shown where.</param>
internal sealed class ConversationEncoder(SentencePieceTokenizer tokenizer, string system, ImageOrder order)
{
    private readonly RoundEncoder _encoder = new(tokenizer, maxTurnTokens: null);

    /// <summary>The parts up to where the answer to the question begins.</summary>
    public IReadOnlyList<ConversationPart> Encode(ChatPrompt prompt)
    {
        var template = new InstructionTemplate(prompt.System ?? system);
        List<ConversationPart> parts = [];
        List<int> ids = [], labels = [];
        int imagesBefore = 0;
        foreach (ChatRound round in prompt.Earlier)
        {
            int start = ids.Count;
            labels.Clear();
            _ = _encoder.Encode(
                LayOut(round.Question, round.Images), round.Answer, ids, labels);
            int answer = start + labels.FindIndex(label => label != SpecialTokens.IgnoredLabel);
            parts.Add(new ConversationPart([.. ids[..answer]], round.Images));
            ids.RemoveRange(0, answer);
            imagesBefore += round.Images.Count;
        }

        _ = _encoder.EncodePrompt(LayOut(prompt.Question, prompt.Images), ids);
        parts.Add(new ConversationPart([.. ids], prompt.Images));
        return order == ImageOrder.Reversed ? Reversed(parts) : parts;

        Instruction LayOut(string question, IReadOnlyList<ChatImage> images) =>
            template.LayOut(question, images.Count, imagesBefore, isFirst: parts.Count == 0);
    }

    // The last image of the whole conversation is the first that is shown. So a new image moves all
    // earlier ones, and everything is computed again.
    private static IReadOnlyList<ConversationPart> Reversed(List<ConversationPart> parts)
    {
        ChatImage[] images = [.. parts.SelectMany(part => part.Images).Reverse()];
        int shown = 0;
        return [.. parts.Select(part => part with { Images = Next(part.Images.Count) })];

        ChatImage[] Next(int count) => images[shown..(shown += count)];
    }
}
