using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Generation;
using VisualChat.Model.Language;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Generation;

public sealed class TokenGenerationTests
{
    private static readonly SamplingSettings Greedy = new() { MaxNewTokens = 12 };
    private static readonly ReadOnlyMemory<byte>[] Images = ModelFixture.Images(1);

    public static TheoryData<AttentionMode, bool> ModesAndPaths()
    {
        var data = new TheoryData<AttentionMode, bool>();
        foreach (AttentionMode mode in PlainAttentions.All)
            foreach (bool isOnGpu in new[] { false, true })
                data.Add(mode, isOnGpu);
        return data;
    }

    [Theory]
    [MemberData(nameof(ModesAndPaths))]
    public void Greedy_tokens_are_the_likeliest_after_everything_before_them(AttentionMode mode, bool isOnGpu)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with
        {
            Attention = mode,
            PadsAttention = isOnGpu,
            CopiesFrozen = isOnGpu,
        });
        using var session = new ModelSession(model) { ChoosesOnDevice = isOnGpu };
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(3);
        List<int> ids = [];
        foreach ((string round, int before, int after) in new[] { ("abic", 0, 1), ("diif", 1, 3), ("e", 3, 3) })
        {
            ids.AddRange(ModelFixture.Sample(round).InputIds.ToArray());
            session.Append(ids.ToArray().AsSpan(session.Ids.Count), images[before..after]);
            int start = ids.Count, visual = after * (model.Description.VisualTokens - 1);
            foreach (int id in new TokenGeneration(session, Greedy, [], []).Tokens())
            {
                Tensor logits = model.Logits([ids.ToArray()], images[..after], [ids.Count - 1 + visual])[0].clone();
                logits[ModelFixture.ImageToken] = double.NegativeInfinity;
                id.Should().Be((int)logits.argmax().item<long>());
                ids.Add(id);
            }

            ids.Should().HaveCount(start + 12);
            session.Ids.Should().Equal(ids[..^1]);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens_and_another_seed_others()
    {
        using ChatModel model = ModelFixture.Model();
        int[] first = Tokens(model, Greedy with { Temperature = 1, Seed = 3 });
        Tokens(model, Greedy with { Temperature = 1, Seed = 3 }).Should().Equal(first);
        Tokens(model, Greedy with { Temperature = 1, Seed = 4 }).Should().NotEqual(first);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1, 1.5)]
    public void Tokens_chosen_on_the_device_are_those_chosen_on_the_host(double temperature, double penalty)
    {
        using ChatModel model = ModelFixture.Model();
        SamplingSettings settings = Greedy with
        {
            Temperature = temperature,
            RepetitionPenalty = penalty,
            TopK = 15,
            TopP = 0.9,
        };
        using var session = new ModelSession(model) { ChoosesOnDevice = true };
        session.Append(ModelFixture.Sample("abic").InputIds.Span, ModelFixture.Images(1));
        new TokenGeneration(session, settings, [], [3]).Tokens().Should().Equal(Tokens(model, settings, 3));
    }

    [Fact]
    public void An_answer_ends_before_a_token_that_ends_answers()
    {
        using ChatModel model = ModelFixture.Model();
        SamplingSettings settings = Greedy with { Temperature = 2, Seed = 5 };
        int[] endless = Tokens(model, settings);
        using ModelSession session = Session(model);
        var answer = new TokenGeneration(session, settings, [22, endless[7]], []);
        int[] tokens = [.. answer.Tokens()];
        tokens.Should().Equal(endless.TakeWhile(id => id != 22 && id != endless[7]));
        answer.End.Should().Be(GenerationEnd.EndToken);
        session.Ids.Skip(4).Should().Equal(tokens);
    }

    [Fact]
    public void An_answer_ends_at_its_limit_without_computing_what_nobody_asked_for()
    {
        using ChatModel model = ModelFixture.Model();
        using ModelSession session = Session(model);
        var answer = new TokenGeneration(session, Greedy with { MaxNewTokens = 3 }, [], []);
        answer.Tokens().Should().HaveCount(3);
        answer.End.Should().Be(GenerationEnd.TokenLimit);
        session.Ids.Should().HaveCount(6);
    }

    [Fact]
    public void An_answer_ends_where_the_decoder_reaches_no_further()
    {
        ModelDescription description = ModelFixture.Description();
        LlamaConfig language = description.Language with { MaxPositions = 10 };
        using ChatModel model = ChatModel.Create(description with { Language = language });
        using ModelSession session = Session(model);
        var answer = new TokenGeneration(session, Greedy, [], []);
        // Eight positions stand, two more are taken, and after the last of them one token is known.
        answer.Tokens().Should().HaveCount(3);
        answer.End.Should().Be(GenerationEnd.Full);
        session.Length.Should().Be(10);
    }

    [Fact]
    public void A_cancelled_answer_leaves_a_session_that_can_go_on()
    {
        using ChatModel model = ModelFixture.Model();
        using ModelSession session = Session(model);
        using var stop = new CancellationTokenSource();
        var answer = new TokenGeneration(session, Greedy, [], []);
        Action read = () =>
        {
            foreach (int _ in answer.Tokens(stop.Token))
                stop.Cancel();
        };
        read.Should().Throw<OperationCanceledException>();
        answer.End.Should().BeNull();
        session.Ids.Should().HaveCount(4);
        session.Truncate(3);
        session.Append([2]);
        new TokenGeneration(session, Greedy, [], []).Tokens().Should().Equal(Tokens(model, Greedy));
    }

    [Fact]
    public void Images_and_excluded_ids_are_never_produced()
    {
        using ChatModel model = ModelFixture.Model();
        using ModelSession session = Session(model);
        var settings = new SamplingSettings { Temperature = 100, MaxNewTokens = 300 };
        var answer = new TokenGeneration(session, settings, [], [20, 22]);
        answer.Tokens().Distinct().Order().Should().Equal(Enumerable.Range(0, 20));
    }

    [Fact]
    public void A_session_that_went_back_must_take_something_before_it_can_answer()
    {
        using ChatModel model = ModelFixture.Model();
        using ModelSession session = Session(model);
        session.Truncate(3);
        Action read = () => _ = new TokenGeneration(session, Greedy, [], []).Tokens().First();
        read.Should().Throw<InvalidOperationException>().WithMessage("Append what the next token comes after.");
    }

    private static int[] Tokens(ChatModel model, SamplingSettings settings, params int[] excludedIds)
    {
        using ModelSession session = Session(model);
        return [.. new TokenGeneration(session, settings, [], excludedIds).Tokens()];
    }

    private static ModelSession Session(ChatModel model)
    {
        ModelSession session = new ModelSession(model);
        session.Append(ModelFixture.Sample("abic").InputIds.Span, Images);
        return session;
    }
}
