using CsCheck;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Tokens;

public sealed class StreamingTextTests
{
    private readonly SentencePieceTokenizer _tokenizer = TokenData.Llama2;

    [Fact]
    public void Characters_come_whole_with_the_last_of_their_bytes()
    {
        // 猫 and 🐈 are no pieces of this vocabulary: three bytes and four.
        Stream([29909, 29871, 234, 143, 174, 243, 162, 147, 139, 29991])
            .Should().Equal("A", " ", "", "", "猫", "", "", "", "🐈", "!", "");
    }

    [Fact]
    public void Bytes_that_become_no_character_are_replaced_one_by_one_as_soon_as_that_is_certain()
    {
        // E7 8C, then a letter; E7, then the end.
        Stream([234, 143, 29909, 234]).Should().Equal("", "", "\uFFFD\uFFFDA", "", "\uFFFD");
    }

    [Fact]
    public void The_dummy_prefix_is_no_text_and_later_spaces_are()
    {
        Stream(TokenData.Ids(_tokenizer, "cat cat")).Should().Equal("cat", " cat", "");
    }

    [Fact]
    public void What_could_begin_a_stop_string_is_held_back_until_it_is_certain()
    {
        int[] Of(string text) => TokenData.Ids(_tokenizer, text);
        Stream(Of("cat #cat"), "###").Should().Equal("cat", " ", "#cat", "");
        Stream(Of("cat #"), "###").Should().Equal("cat", " ", "#");
        var text = new StreamingText(_tokenizer, ["\n###"]);
        string.Concat(Of("cat\n### Question").Select(text.Append)).Should().Be("cat");
        text.Stop.Should().Be("\n###");
        text.Finish().Should().Be("");
    }

    [Fact]
    public void The_stop_string_that_is_complete_first_ends_the_text()
    {
        Joined("abcd", "bcd", "c").Should().Be("ab");
        Joined("abcd", "c", "bc").Should().Be("a");
        Joined("ababc", "abc").Should().Be("ab");
        Joined("abc", "abcd").Should().Be("abc");
    }

    [Fact]
    public void Text_that_no_stop_string_ends_is_what_all_ids_decode_to()
    {
        Gen.Int[0, _tokenizer.VocabularySize - 1].Array[0, 40].Sample(
            ids => string.Concat(Stream(ids)).Should().Be(_tokenizer.Decode(ids)),
            iter: 2_000);
        // Mostly bytes, among them broken sequences.
        Gen.OneOf(Gen.Int[3, 258], Gen.Int[198, 247], Gen.Int[131, 194], Gen.Const(29871), Gen.Const(1)).Array[0, 40]
            .Sample(ids => string.Concat(Stream(ids)).Should().Be(_tokenizer.Decode(ids)), iter: 5_000);
    }

    [Fact]
    public void Stop_strings_cut_the_text_at_the_same_place_however_it_is_divided_into_pieces()
    {
        Gen<string> word = Gen.Char["abc"].Array[1, 4].Select(letters => new string(letters));
        Gen<int[]> ids =
            Gen.OneOf([.. new[] { "a", "b", "c", "ab", "ba", "ca", "aa", "abc" }.Select(Gen.Const)])
                .Select(piece => TokenData.Ids(_tokenizer, "\n" + piece)[^1]).Array[0, 12];
        ids.Select(word.Array[1, 3]).Sample((pieces, stops) =>
        {
            string whole = _tokenizer.Decode(pieces);
            var first = Enumerable.Range(0, whole.Length + 1)
                .SelectMany(end => stops
                    .Where(stop => whole[..end].EndsWith(stop, StringComparison.Ordinal))
                    .Select(stop => (End: end, Start: end - stop.Length)))
                .Order().Select(place => (int?)place.Start).FirstOrDefault();
            string.Concat(Stream(pieces, stops)).Should().Be(whole[..(first ?? whole.Length)]);
        }, iter: 5_000);
    }

    [Fact]
    public void An_empty_stop_string_is_refused()
    {
        Action act = () => _ = new StreamingText(_tokenizer, ["a", ""]);
        act.Should().Throw<ArgumentException>().WithMessage("A stop string is empty.*");
    }

    private string Joined(string text, params string[] stops) =>
        string.Concat(Stream(TokenData.Ids(_tokenizer, text), stops));

    // What each id gives, and the end.
    private string[] Stream(int[] ids, params string[] stops)
    {
        var text = new StreamingText(_tokenizer, stops);
        return [.. ids.Select(text.Append), text.Finish()];
    }
}
