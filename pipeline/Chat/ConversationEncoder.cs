using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// A conversation's ids: those that training would give the same rounds, in parts. A part ends where an answer begins: the first is the system text and the
/// first prompt, and every other an answer and the prompt after it. A pure function; thread safe.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="system">The system text of conversations that bring none of their own.</param>
internal sealed class ConversationEncoder(SentencePieceTokenizer tokenizer, string system)
{
    private readonly TurnEncoder _encoder = new(tokenizer, maxTurnTokens: null);

    /// <summary>The parts up to where the answer to the question begins.</summary>
    public IReadOnlyList<ConversationPart> Encode(string? ownSystem, IReadOnlyList<ChatRound> earlier, string question, IReadOnlyList<ChatImage> images)
    {
        var template = new InstructionTemplate(ownSystem ?? system);
        List<ConversationPart> parts = [];
        List<int> ids = [], labels = [];
        int imagesBefore = 0;
        foreach (ChatRound round in earlier)
        {
            int start = ids.Count;
            labels.Clear();
            _ = _encoder.TryEncode(template.LayOut(round.Question, round.Images.Count, imagesBefore, isFirst: parts.Count == 0), round.Answer, ids, labels);
            int answer = start + labels.FindIndex(label => label != SpecialTokens.IgnoredLabel);
            parts.Add(new ConversationPart([.. ids[..answer]], round.Images));
            ids.RemoveRange(0, answer);
            imagesBefore += round.Images.Count;
        }

        _ = _encoder.EncodePrompt(template.LayOut(question, images.Count, imagesBefore, isFirst: parts.Count == 0), ids);
        parts.Add(new ConversationPart([.. ids], images));
        return parts;
    }
}
