using System.Text;
using CsCheck;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Tokens;

/// <summary>
/// The LLaMA-2 vocabulary has no piece across a space, no equal scores and no piece of a character
/// that is none. Vocabularies that have all of these, drawn at random, are held against the
/// definition of the merge, written down as plainly as it can be.
/// </summary>
public sealed class AnyVocabularyTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.model");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Words_are_merged_at_the_best_leftmost_neighbours() =>
        Check(
            Gen.OneOf("a", "b", "c", "#", "▁", "é", "🐈"),
            Gen.OneOf("a", "b", "c", "#", " ", "▁", "é", "🐈", "z").Array[1, 120].Select(string.Concat));

    [Fact]
    public void Long_words_are_merged_at_the_best_leftmost_neighbours() =>
        Check(Gen.OneOf("a", "b"), Gen.OneOf("a", "b").Array[49, 200].Select(string.Concat));

    [Fact]
    public void A_piece_across_a_space_is_found()
    {
        var model = new ModelFile { Pieces = [("a", -3, 1), ("▁", -4, 1), ("a▁", -2, 1), ("a▁a", -1, 1)] };
        File.WriteAllBytes(_path, model.ToBytes());
        TokenData.Ids(SentencePieceTokenizer.Load(_path), "a a").Should().Equal(260, 262);
    }

    private void Check(Gen<string> character, Gen<string> text)
    {
        Gen<ModelFile> model = Gen.Select(
            Gen.Select(
                character.Array[1, 4].Select(string.Concat),
                Gen.Int[-4, 0].Select(score => (float)score)).Array[1, 40],
            Gen.Bool,
            (pieces, prefix) => new ModelFile
            {
                AddDummyPrefix = prefix,
                Pieces = [.. pieces.DistinctBy(piece => piece.Item1).Select(piece => (piece.Item1, piece.Item2, 1))],
            });
        Gen.Select(model, text.Array[8]).Sample(
            (file, texts) =>
            {
                File.WriteAllBytes(_path, file.ToBytes());
                SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(_path);
                foreach (string each in texts)
                    TokenData.Ids(tokenizer, each).Should().Equal(Define(file, each));
            },
            iter: 300,
            threads: 1);
    }

    private static List<int> Define(ModelFile model, string text)
    {
        Dictionary<string, (float Score, int Id)> pieces = model.Pieces
            .Select((piece, at) =>
                (piece.Text, piece.Score, Id: model.FirstId + at))
            .ToDictionary(piece => piece.Text, piece => (piece.Score, piece.Id));
        List<string> row =
            [.. ((model.AddDummyPrefix ? " " : "") + text).Replace(' ', '▁')
                .EnumerateRunes()
                .Select(rune => rune.ToString())];
        while (true)
        {
            int best = -1;
            for (int at = 0; at + 1 < row.Count; at++)
            {
                if (pieces.TryGetValue(row[at] + row[at + 1], out (float Score, int Id) piece)
                    && (best < 0 || piece.Score > pieces[row[best] + row[best + 1]].Score))
                {
                    best = at;
                }
            }

            if (best < 0)
                break;
            row[best] += row[best + 1];
            row.RemoveAt(best + 1);
        }

        var ids = new List<int>();
        foreach (string piece in row)
        {
            if (pieces.TryGetValue(piece, out (float Score, int Id) known))
                ids.Add(known.Id);
            else
                ids.AddRange(Encoding.UTF8.GetBytes(piece).Select(value => model.Marks.Count + value));
        }

        return ids;
    }
}
