using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Conversations;

/// <summary>Literal ids are SentencePiece 0.1.97's on the LLaMA-2 model.</summary>
public sealed class RoundEncoderTests
{
    private const int Image = 32001;

    private static readonly SentencePieceTokenizer Llama = SentencePieceTokenizer.Load(
        Path.Combine(AppContext.BaseDirectory, "Data", "tokens", "llama2-tokenizer.model"));

    private static readonly Instruction OneImage =
        new InstructionTemplate("").LayOut("please describe the image.", 1, 0, isFirst: false);

    private static readonly int[] OneImagePrompt =
    [
        1, 835, 7084, 29871, 29896, 29901, 13, Image, 29871, 13, 13,
        2277, 29937, 894, 29901, 13, 552, 559, 8453, 278, 1967, 29889, 13, 13,
        2277, 29937, 673, 29901, 13,
    ];

    private readonly List<int> _ids = [];
    private readonly List<int> _labels = [];

    [Fact]
    public void A_round_with_one_image_has_the_known_ids()
    {
        Encode(OneImage, "");

        _ids.Should().Equal([.. OneImagePrompt, 2]);
    }

    [Fact]
    public void A_round_with_two_images_and_its_answer_has_the_known_ids()
    {
        Encode(new InstructionTemplate("").LayOut("What's new?  héllo 猫 🐈", 2, 0, isFirst: false), "Nothing.");

        _ids.Should().Equal(
            1, 835, 7084, 29871, 29896, 29901, 13, Image, 29871, 13,
            2277, 29937, 7084, 29871, 29906, 29901, 13, Image, 29871, 13, 13,
            2277, 29937, 894, 29901, 13, 5618, 29915, 29879, 716, 29973, 29871, 298, 3610, 417, 29871,
            234, 143, 174, 29871, 243, 162, 147, 139, 13, 13,
            2277, 29937, 673, 29901, 13, 26521, 29889, 2);
    }

    [Fact]
    public void Only_the_answer_and_its_eos_are_learned()
    {
        Encode(new InstructionTemplate("").LayOut("What's new?", 1, 0, isFirst: false), "Nothing.");

        _labels.Should().HaveCount(_ids.Count);
        _labels.SkipLast(3).Should().OnlyContain(label => label == -100);
        _labels.TakeLast(3).Should().Equal(26521, 29889, 2);
    }

    [Theory]
    [InlineData("<image>")]
    [InlineData("</s>")]
    [InlineData("<s>")]
    [InlineData("### Image:")]
    [InlineData("<PAD>")]
    public void Text_that_spells_a_special_token_stays_text(string special)
    {
        Instruction instruction =
            new InstructionTemplate("").LayOut($"a{special}b {special}", 1, 0, isFirst: false);
        Encode(instruction, $"{special} and {special}");

        _ids.Count(id => id == Image).Should().Be(1);
        _ids[1..^1].Should().NotContain([1, 2, 32000, 32002]);
    }

    [Fact]
    public void A_cut_round_keeps_its_first_ids_and_gains_an_eos_that_is_learned()
    {
        new RoundEncoder(Llama, maxTurnTokens: 31)
            .Encode(OneImage, "It's a cute black cat.", _ids, _labels)
            .Should().Be(RoundCut.EndOfAnswer);

        _ids.Should().Equal([.. OneImagePrompt, 3112, 29915, 2]);
        _labels.TakeLast(4).Should().Equal(-100, 3112, 29915, 2);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(29)]
    public void A_cut_that_leaves_none_of_the_answer_is_refused_and_leaves_nothing_behind(int maxTurnTokens)
    {
        new RoundEncoder(Llama, maxTurnTokens)
            .Encode(OneImage, "A cat.", _ids, _labels)
            .Should().Be(RoundCut.WholeAnswer);

        _ids.Should().BeEmpty();
        _labels.Should().BeEmpty();
    }

    [Fact]
    public void One_token_of_the_answer_is_enough_to_learn()
    {
        new RoundEncoder(Llama, maxTurnTokens: 30)
            .Encode(OneImage, "A cat.", _ids, _labels)
            .Should().Be(RoundCut.EndOfAnswer);

        _labels.Count(label => label != -100).Should().Be(2);
    }

    [Fact]
    public void A_cut_that_would_take_an_image_away_is_refused_and_leaves_nothing_behind()
    {
        new RoundEncoder(Llama, maxTurnTokens: 7)
            .Encode(OneImage, "A cat.", _ids, _labels)
            .Should().Be(RoundCut.Image);

        _ids.Should().BeEmpty();
        _labels.Should().BeEmpty();
    }

    private void Encode(Instruction instruction, string answer) =>
        new RoundEncoder(Llama, maxTurnTokens: null).Encode(instruction, answer, _ids, _labels);
}
