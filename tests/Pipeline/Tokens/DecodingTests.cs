using System.Text;
using CsCheck;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Tokens;

public sealed class DecodingTests
{
    private readonly SentencePieceTokenizer _tokenizer = TokenData.Llama2;

    [Theory]
    [InlineData("llama2", 3_000)]
    [InlineData("quickstart", 300)]
    public void Every_golden_sequence_of_ids_gets_the_text_that_SentencePiece_gives_it(string model, int sequences)
    {
        SentencePieceTokenizer tokenizer = TokenData.Tokenizer(model);
        int count = 0;
        foreach ((int[] ids, string expected) in TokenData.Decoded(model))
        {
            tokenizer.Decode(ids).Should().Be(expected, "it is {0}", string.Join(' ', ids));
            count++;
        }

        count.Should().Be(sequences);
    }

    [Theory]
    [InlineData("llama2")]
    [InlineData("quickstart")]
    public void Decoding_what_was_encoded_gives_the_text_back(string model)
    {
        SentencePieceTokenizer tokenizer = TokenData.Tokenizer(model);
        Gen<string> character = Gen.OneOf(
            Gen.Char[' ', '~'].Select(unit => unit.ToString()),
            Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Select(point => new Rune(point).ToString()),
            Gen.OneOf(" ", "  ", "\n", "the", " cat", "###", "</s>", "\u0301", "猫"));

        // ▁ alone cannot come back: it is how the model writes a space.
        character.Array[0, 60].Select(string.Concat).Where(text => !text.Contains('▁')).Sample(
            text => tokenizer.Decode(TokenData.Ids(tokenizer, text)).Should().Be(text), iter: 5_000);
    }

    [Fact]
    public void Pieces_one_by_one_make_the_bytes_of_the_text()
    {
        var utf8 = new List<byte>();
        foreach (int id in TokenData.Ids(_tokenizer, "A cat,\n猫 🐈"))
            _tokenizer.DecodeBytes(id, utf8);
        Encoding.UTF8.GetString([.. utf8]).Should().Be(" A cat,\n猫 🐈");
    }

    [Fact]
    public void A_byte_piece_is_its_byte_and_a_control_piece_is_nothing()
    {
        var utf8 = new List<byte>();
        _tokenizer.DecodeBytes(_tokenizer.BosId, utf8);
        _tokenizer.DecodeBytes(234, utf8);
        _tokenizer.DecodeBytes(_tokenizer.EosId, utf8);
        utf8.Should().Equal(0xE7);
    }

    [Fact]
    public void Pieces_are_spelt_as_in_the_model()
    {
        _tokenizer.PieceOf(1).Should().Be("<s>");
        _tokenizer.PieceOf(13).Should().Be("<0x0A>");
        _tokenizer.PieceOf(6635).Should().Be("▁cat");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(32_000)]
    public void An_id_outside_the_vocabulary_is_refused(int id)
    {
        _tokenizer.Invoking(tokenizer => tokenizer.Decode([id])).Should().Throw<ArgumentOutOfRangeException>();
        _tokenizer.Invoking(tokenizer => tokenizer.PieceOf(id)).Should().Throw<ArgumentOutOfRangeException>();
        _tokenizer.Invoking(tokenizer => tokenizer.DecodeBytes(id, [])).Should().Throw<ArgumentOutOfRangeException>();
    }
}
