using System.Runtime.InteropServices;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Conversations;

/// <summary>
/// Encodes one round: bos, the segments with an image id between each two, the answer, eos. Each
/// segment is encoded separately, so it gets SentencePiece's dummy prefix; the instruction's last
/// segment and the answer are one string. The instruction is encoded a second time alone, to know
/// how many ids carry no label. That is work for 2 x instruction + answer ids.
/// </summary>
/// <param name="tokenizer">The base tokenizer.</param>
/// <param name="maxTurnTokens">
/// Ids after which a round is cut before its eos (bos counted), as the released system does at 512;
/// null: never.
/// </param>
internal sealed class RoundEncoder(SentencePieceTokenizer tokenizer, int? maxTurnTokens)
{
    /// <summary>The added ids.</summary>
    public SpecialTokens Special { get; } = new(tokenizer.VocabularySize);

    /// <summary>Appends a round's ids and labels.</summary>
    /// <returns>
    /// False, with nothing appended, if the cut would fall before the last of the round's images.
    /// </returns>
    public bool TryEncode(Instruction instruction, string answer, List<int> ids, List<int> labels)
    {
        int start = ids.Count;
        int lastSegment = EncodePrompt(instruction, ids);
        int instructionIds = ids.Count - start;
        CollectionsMarshal.SetCount(ids, lastSegment);
        tokenizer.Encode(instruction.Segments[^1] + answer, ids);

        if (maxTurnTokens is { } most && ids.Count - start > most)
        {
            if (start + most < lastSegment)
            {
                CollectionsMarshal.SetCount(ids, start);
                return false;
            }

            CollectionsMarshal.SetCount(ids, start + most);
        }

        ids.Add(tokenizer.EosId);
        for (int place = start; place < ids.Count; place++)
        {
            bool isLearned = place - start >= instructionIds || place == ids.Count - 1;
            labels.Add(isLearned ? ids[place] : SpecialTokens.IgnoredLabel);
        }

        return true;
    }

    /// <summary>Appends a round's ids up to where its answer begins.</summary>
    /// <returns>Where the ids of the last segment begin.</returns>
    public int EncodePrompt(Instruction instruction, List<int> ids)
    {
        ids.Add(tokenizer.BosId);
        for (int image = 0; image < instruction.Images; image++)
        {
            tokenizer.Encode(instruction.Segments[image], ids);
            ids.Add(Special.Image);
        }

        int lastSegment = ids.Count;
        tokenizer.Encode(instruction.Segments[^1], ids);
        return lastSegment;
    }
}
