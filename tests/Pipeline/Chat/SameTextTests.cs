using TorchSharp;
using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Tests.Chat;

/// <summary>
/// A conversation's answers are those of its rounds and settings, letter by letter, whatever was computed before. In bfloat16 and at a high temperature, where the last bit of a
/// logit soon shows.
/// </summary>
public sealed class SameTextTests
{
    private const int Tokens = 24;

    private static readonly (string Question, ChatImage[] Images)[] Rounds =
    [
        ("What is this?", [ChatFixture.Image(10), ChatFixture.Image(200)]),
        ("Tell me more.", []),
        ("And beside this one?", [ChatFixture.Image(90)]),
        ("Which do you like best?", []),
        ("Why?", [ChatFixture.Image(10)]),
    ];

    public static TheoryData<AttentionMode, torch.ScalarType, RopeScaling> Models()
    {
        var data = new TheoryData<AttentionMode, torch.ScalarType, RopeScaling>();
        foreach (AttentionMode mode in Enum.GetValues<AttentionMode>())
            foreach (torch.ScalarType type in new[] { torch.ScalarType.BFloat16, torch.ScalarType.Float32 })
                data.Add(mode, type, RopeScaling.None);
        data.Add(AttentionMode.Mmca, torch.ScalarType.BFloat16, RopeScaling.Dynamic);
        return data;
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void It_does_not_matter_what_is_kept_of_a_conversation(AttentionMode mode, torch.ScalarType type, RopeScaling scaling)
    {
        using ChatModel model = ChatFixture.Model(mode, type, scaling == RopeScaling.Dynamic ? 100 : 4096, scaling);
        using ChatEngine going = NewEngine(model);
        List<ChatRound> rounds = [];
        foreach ((string question, ChatImage[] images) in Rounds)
        {
            using ChatAnswer answer = going.Begin(null, rounds, question, images, ChatFixture.Sampled(Tokens)).Read();
            if (rounds.Count > 0 && scaling == RopeScaling.None)
                answer.ReusedTokens.Should().BePositive();

            using ChatEngine fresh = NewEngine(model);
            using ChatAnswer anew = fresh.Begin(null, rounds, question, images, ChatFixture.Sampled(Tokens)).Read();
            anew.ReusedTokens.Should().Be(0);
            anew.Text.Should().Be(answer.Text, "round {0} computed in another process is the same", rounds.Count + 1);

            using ChatAnswer again = going.Begin(null, rounds, question, images, ChatFixture.Sampled(Tokens)).Read();
            again.Text.Should().Be(answer.Text, "round {0} asked again is the same", rounds.Count + 1);
            rounds.Add(new ChatRound(question, images, answer.Text));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Nor_what_was_said_and_taken_back(AttentionMode mode, torch.ScalarType type, RopeScaling scaling)
    {
        using ChatModel model = ChatFixture.Model(mode, type, scaling == RopeScaling.Dynamic ? 100 : 4096, scaling);
        using ChatEngine going = NewEngine(model), other = NewEngine(model);
        ChatRound first = Ask(going, [], 0);
        Ask(going, [first, Ask(going, [first], 2)], 4);
        ChatRound second = Ask(going, [first], 1);
        ChatRound third = Ask(going, [first, second], 2);
        ChatRound edited = second with { Answer = "Something else." };
        ChatRound afterEdit = Ask(going, [first, edited], 2);

        Ask(other, [first, edited], 2).Should().BeEquivalentTo(afterEdit);
        Ask(other, [first, second], 2).Should().BeEquivalentTo(third);
        Ask(other, [first], 1).Should().BeEquivalentTo(second);
        Ask(other, [], 0).Should().BeEquivalentTo(first);
    }

    [Fact]
    public void Nor_which_answers_are_made_at_the_same_time()
    {
        using ChatModel model = ChatFixture.Model(type: torch.ScalarType.BFloat16);
        using ChatEngine together = NewEngine(model), alone = NewEngine(model);
        ChatRound first = Ask(alone, [], 0);
        ChatAnswer[] answers =
        [
            together.Begin(null, [first], "Why?", [], ChatFixture.Sampled(Tokens)),
            together.Begin(null, [first], "Why?", [], ChatFixture.Sampled(Tokens)),
            together.Begin(null, [first], "Why?", [], ChatFixture.Sampled(Tokens, seed: 2)),
            together.Begin("Be brief.", [], "Why?", [ChatFixture.Image(3)], ChatFixture.Sampled(Tokens)),
        ];
        IEnumerator<string>[] readers = [.. answers.Select(answer => answer.Pieces().GetEnumerator())];
        while (Array.ConvertAll(readers, reader => reader.MoveNext()).Contains(true))
            continue;

        string expected = alone.Begin(null, [first], "Why?", [], ChatFixture.Sampled(Tokens)).Read().Text;
        answers[0].Text.Should().Be(expected);
        answers[1].Text.Should().Be(expected);
        answers[2].Text.Should().Be(alone.Begin(null, [first], "Why?", [], ChatFixture.Sampled(Tokens, seed: 2)).Read().Text).And.NotBe(expected);
        answers[3].Text.Should().Be(alone.Begin("Be brief.", [], "Why?", [ChatFixture.Image(3)], ChatFixture.Sampled(Tokens)).Read().Text);
    }

    private static ChatEngine NewEngine(ChatModel model) => new(model, ChatFixture.Recipe, ChatFixture.Tokenizer, new PrefixCacheLimits());

    private static ChatRound Ask(ChatEngine engine, IReadOnlyList<ChatRound> before, int round)
    {
        (string question, ChatImage[] images) = Rounds[round];
        using ChatAnswer answer = engine.Begin(null, before, question, images, ChatFixture.Sampled(Tokens)).Read();
        return new ChatRound(question, images, answer.Text);
    }
}
