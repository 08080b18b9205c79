using TorchSharp;
using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using VisualChat.Pipeline.Chat;

namespace VisualChat.Pipeline.Tests.Chat;

/// <summary>
/// Rounds and settings decide an answer letter by letter, whatever was computed before. Tested in
/// bfloat16 and at a high temperature too, where the last bit of a logit soon shows.
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
    public void It_does_not_matter_what_is_cached(AttentionMode mode, torch.ScalarType type, RopeScaling scaling)
    {
        using ChatModel model = NewModel(mode, type, scaling);
        using ChatEngine engine = ChatFixture.NewEngine(model);
        List<ChatRound> earlier = [];
        foreach ((string question, ChatImage[] images) in Rounds)
        {
            var prompt = new ChatPrompt
            {
                Earlier = [.. earlier],
                Question = question,
                Images = images,
                Settings = ChatFixture.Sampled(Tokens),
            };
            using ChatAnswer answer = engine.Begin(prompt).Read();
            if (earlier.Count > 0 && scaling == RopeScaling.None)
                answer.ReusedTokens.Should().BePositive();

            using ChatEngine fresh = ChatFixture.NewEngine(model);
            using ChatAnswer uncached = fresh.Begin(prompt).Read();
            uncached.ReusedTokens.Should().Be(0);
            uncached.Text.Should().Be(
                answer.Text, "round {0} computed in another process is the same", earlier.Count + 1);

            using ChatAnswer again = engine.Begin(prompt).Read();
            again.Text.Should().Be(answer.Text, "round {0} asked again is the same", earlier.Count + 1);
            earlier.Add(new ChatRound(question, images, answer.Text));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Nor_what_was_said_and_taken_back(AttentionMode mode, torch.ScalarType type, RopeScaling scaling)
    {
        using ChatModel model = NewModel(mode, type, scaling);
        using ChatEngine engine = ChatFixture.NewEngine(model), other = ChatFixture.NewEngine(model);
        ChatRound first = Ask(engine, [], 0);
        Ask(engine, [first, Ask(engine, [first], 2)], 4);
        ChatRound second = Ask(engine, [first], 1);
        ChatRound third = Ask(engine, [first, second], 2);
        ChatRound edited = second with { Answer = "Something else." };
        ChatRound afterEdit = Ask(engine, [first, edited], 2);

        Ask(other, [first, edited], 2).Should().BeEquivalentTo(afterEdit);
        Ask(other, [first, second], 2).Should().BeEquivalentTo(third);
        Ask(other, [first], 1).Should().BeEquivalentTo(second);
        Ask(other, [], 0).Should().BeEquivalentTo(first);
    }

    [Fact]
    public void Nor_which_answers_are_made_at_the_same_time()
    {
        using ChatModel model = ChatFixture.Model(type: torch.ScalarType.BFloat16);
        using ChatEngine together = ChatFixture.NewEngine(model), alone = ChatFixture.NewEngine(model);
        var why = new ChatPrompt
        {
            Earlier = [Ask(alone, [], 0)],
            Question = "Why?",
            Settings = ChatFixture.Sampled(Tokens),
        };
        ChatPrompt otherSeed = why with { Settings = ChatFixture.Sampled(Tokens, seed: 2) };
        ChatPrompt otherConversation = why with
        {
            System = "Be brief.",
            Earlier = [],
            Images = [ChatFixture.Image(3)],
        };
        ChatPrompt[] prompts = [why, why, otherSeed, otherConversation];

        ChatAnswer[] answers = [.. prompts.Select(together.Begin)];
        IEnumerator<string>[] readers = [.. answers.Select(answer => answer.Pieces().GetEnumerator())];
        while (Array.ConvertAll(readers, reader => reader.MoveNext()).Contains(true))
            continue;

        foreach ((ChatPrompt prompt, ChatAnswer answer) in prompts.Zip(answers))
            answer.Text.Should().Be(alone.Begin(prompt).ReadToEnd());
        answers[2].Text.Should().NotBe(answers[0].Text);
    }

    private static ChatModel NewModel(AttentionMode mode, torch.ScalarType type, RopeScaling scaling) =>
        ChatFixture.Model(mode, type, scaling == RopeScaling.Dynamic ? 100 : 4096, scaling);

    private static ChatRound Ask(ChatEngine engine, IReadOnlyList<ChatRound> before, int round)
    {
        (string question, ChatImage[] images) = Rounds[round];
        using ChatAnswer answer = engine.Begin(new ChatPrompt
        {
            Earlier = before,
            Question = question,
            Images = images,
            Settings = ChatFixture.Sampled(Tokens),
        });
        return new ChatRound(question, images, answer.Read().Text);
    }
}
