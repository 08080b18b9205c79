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
    /// What was cut; nothing is appended if an image or the whole answer would be.
    /// </returns>
    public RoundCut Encode(Instruction instruction, string answer, List<int> ids, List<int> labels)
    {
        int start = ids.Count;
        int lastSegment = EncodePrompt(instruction, ids);
        int instructionIds = ids.Count - start;
        CollectionsMarshal.SetCount(ids, lastSegment);
        tokenizer.Encode(instruction.Segments[^1] + answer, ids);

        RoundCut cut = CutAt(maxTurnTokens, ids.Count - start, instructionIds, lastSegment - start);
        if (cut is RoundCut.WholeAnswer or RoundCut.Image)
        {
            CollectionsMarshal.SetCount(ids, start);
            return cut;
        }

        if (cut == RoundCut.EndOfAnswer)
            CollectionsMarshal.SetCount(ids, start + maxTurnTokens!.Value);

        ids.Add(tokenizer.EosId);
        for (int place = start; place < ids.Count; place++)
        {
            bool isLearned = place - start >= instructionIds || place == ids.Count - 1;
            labels.Add(isLearned ? ids[place] : SpecialTokens.IgnoredLabel);
        }

        return cut;
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

    private static RoundCut CutAt(int? most, int ids, int instructionIds, int idsToLastImage)
    {
        if (most is null || ids <= most)
            return RoundCut.Nothing;
        if (most < idsToLastImage)
            return RoundCut.Image;
        return most <= instructionIds ? RoundCut.WholeAnswer : RoundCut.EndOfAnswer;
    }
}
