using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Tokens;

public sealed class EncodingTests
{
    private readonly SentencePieceTokenizer _tokenizer = TokenData.Llama2;

    [Theory]
    [InlineData("llama2", 31_493)]
    [InlineData("quickstart", 2_401)]
    public void Every_golden_string_gets_the_ids_that_SentencePiece_gives_it(string model, int strings)
    {
        SentencePieceTokenizer tokenizer = TokenData.Tokenizer(model);
        int count = 0;
        foreach ((string text, int[] expected) in TokenData.Encoded(model))
        {
            TokenData.Ids(tokenizer, text).AsSpan().SequenceEqual(expected)
                .Should().BeTrue("'{0}' is {1}", text, string.Join(' ', expected));
            count++;
        }

        count.Should().Be(strings);
    }

    [Fact]
    public void The_template_around_one_image_has_its_known_ids()
    {
        TokenData.Ids(_tokenizer, "### Image 1:\n").Should().Equal(835, 7084, 29871, 29896, 29901, 13);
        TokenData.Ids(_tokenizer, "\n\n### Question:\nplease describe the image.\n\n### Answer:\n").Should().Equal(
            29871, 13, 13, 2277, 29937, 894, 29901, 13, 552, 559, 8453, 278, 1967, 29889, 13, 13,
            2277, 29937, 673, 29901, 13);
    }

    [Fact]
    public void The_template_around_two_images_has_its_known_ids()
    {
        TokenData.Ids(_tokenizer, "\n### Image 2:\n")
            .Should().Equal(29871, 13, 2277, 29937, 7084, 29871, 29906, 29901, 13);
        TokenData.Ids(_tokenizer, "\n\n### Question:\nWhat's new?  héllo 猫 🐈\n\n### Answer:\nNothing.").Should().Equal(
            29871, 13, 13, 2277, 29937, 894, 29901, 13, 5618, 29915, 29879, 716, 29973, 29871,
            298, 3610, 417, 29871, 234, 143,
            174, 29871,
            243, 162, 147, 139, 13, 13, 2277, 29937, 673, 29901, 13, 26521, 29889);
    }

    [Fact]
    public void Empty_text_appends_nothing() => TokenData.Ids(_tokenizer, "").Should().BeEmpty();

    [Fact]
    public void Ids_are_appended_after_those_already_there()
    {
        var ids = new List<int> { 1 };
        _tokenizer.Encode("a cat", ids);
        _tokenizer.Encode("<s>", ids);
        ids.Should().Equal(1, 263, 6635, 529, 29879, 29958);
    }

    [Theory]
    [InlineData("<s>")]
    [InlineData("</s>")]
    [InlineData("<unk>")]
    [InlineData("<image>")]
    [InlineData("<0x0A>")]
    public void Text_that_spells_a_control_piece_stays_text(string text)
    {
        int[] ids = TokenData.Ids(_tokenizer, text);
        ids.Should().OnlyContain(id => id >= 259);
        _tokenizer.Decode(ids).Should().Be(text);
    }

    [Fact]
    public void A_lone_surrogate_is_a_replacement_character()
    {
        // Not as attributes: those are stored as UTF-8, which has no lone surrogates.
        (string Text, string Replaced)[] cases =
        [
            ("\uD83D", "\uFFFD"),
            ("a\uDC08b", "a\uFFFDb"),
            ("\uDC08\uD83D", "\uFFFD\uFFFD"),
            ("cat \uD83D\uD83D\uDC08", "cat \uFFFD🐈"),
        ];
        foreach ((string text, string replaced) in cases)
            TokenData.Ids(_tokenizer, text).Should().Equal(TokenData.Ids(_tokenizer, replaced));
    }

    [Fact]
    public void A_literal_escaped_space_is_a_space() =>
        TokenData.Ids(_tokenizer, "the▁cat▁▁").Should().Equal(TokenData.Ids(_tokenizer, "the cat  "));

    [Fact]
    public void Many_workers_at_once_get_the_same_ids()
    {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(TokenData.PathOf("quickstart-tokenizer.model"));
        (string Text, int[] Ids)[] golden = [.. TokenData.Encoded("quickstart")];
        int wrong = 0;
        Parallel.For(0, 8 * golden.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, at =>
        {
            (string text, int[] ids) = golden[at % golden.Length];
            if (!TokenData.Ids(tokenizer, text).AsSpan().SequenceEqual(ids))
                Interlocked.Increment(ref wrong);
        });
        wrong.Should().Be(0);
    }

    [Fact]
    public void A_warm_call_allocates_nothing()
    {
        string text = "A skateboarder's hat, 猫 and 🐈: internationalisation " + new string('x', 300);
        var ids = new List<int>(1000);
        _tokenizer.Encode(text, ids);
        long least = long.MaxValue;
        for (int round = 0; round < 10; round++)
        {
            // The runtime allocates on a caller's thread too, when it compiles a method once more
            // or its pools were trimmed. What a call itself allocates, it allocates in every round.
            long before = GC.GetAllocatedBytesForCurrentThread();
            ids.Clear();
            _tokenizer.Encode(text, ids);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        least.Should().Be(0);
    }

    [Fact]
    public void A_word_of_a_hundred_thousand_letters_gets_the_ids_that_SentencePiece_gives_it()
    {
        // Golden from SentencePiece 0.1.97: number of ids and their FNV-1a hash over 32-bit values.
        uint state = 1;
        string word = string.Create(100_000, 0, (letters, _) =>
        {
            foreach (ref char letter in letters)
            {
                state = (state * 1664525) + 1013904223;
                letter = (char)('a' + ((state >> 24) % 26));
            }
        });
        int[] ids = TokenData.Ids(_tokenizer, word);
        ids.Length.Should().Be(59_473);
        ids.Aggregate(2166136261u, (hash, id) => (hash ^ (uint)id) * 16777619).Should().Be(4192139638u);
    }
}
