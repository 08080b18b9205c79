using CsCheck;
using TorchSharp;
using VisualChat.Model.Generation;
using VisualChat.Model.Language;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.CrossAttention;

/// <summary>
/// A conversation as rounds of letters, i for an image: the logits after each round must be those
/// of all letters so far, computed at once.
/// </summary>
public sealed class CrossAttendedSessionTests
{
    /// <summary>Sums of some hundred products, in another order.</summary>
    private const double DoubleTolerance = 1e-10, FloatTolerance = 1e-4;

    public static TheoryData<int, string> Conversations()
    {
        var data = new TheoryData<int, string>();
        for (int config = 0; config < CrossAttentionFixture.Configs.Length; config++)
            foreach (string rounds in new[]
            {
                "a", "abc|d|ef", "abicd|e|f|gh", "ab|cid|e|ifg", "abiic|d|eifiig|h",
                "i|a|b|i|c", "iab|ciid|e", "a|i|i|b", "abi|c|d", "a|bi|i|ici|d",
            })
                data.Add(config, rounds);
        return data;
    }

    public static TheoryData<int> All => [.. Enumerable.Range(0, CrossAttentionFixture.Configs.Length)];

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Continuing_gives_the_logits_of_computing_everything(int config, string rounds)
    {
        ModelDescription description = CrossAttentionFixture.Description(CrossAttentionFixture.Configs[config]);
        Agrees(description, rounds.Split('|'), DoubleTolerance);
        Agrees(description with { ComputeType = ScalarType.Float32 }, rounds.Split('|'), FloatTolerance);
    }

    [Fact]
    public void So_it_does_for_any_rounds()
    {
        Gen<string> round = Gen.Char["abcdi"].Array[1, 6].Select(letters => new string(letters));
        round.Array[1, 5].Select(Gen.Int[0, 3]).Sample(
            (rounds, config) => Agrees(
                CrossAttentionFixture.Description(CrossAttentionFixture.Configs[config]), rounds, DoubleTolerance),
            iter: 20,
            threads: 1);
    }

    [Fact]
    public void Rotary_positions_stay_right_beyond_the_trained_length() =>
        Agrees(Scaled(trainedLength: 5), ["ab", "cid", "e", "f", "g", "ih", "abc", "d"], DoubleTolerance);

    [Fact]
    public void An_image_takes_one_position()
    {
        using ChatModel model = CrossAttentionFixture.Open(CrossAttentionFixture.Description());
        using var session = new ModelSession(model);
        session.Append(Ids("abiicd"), ModelFixture.Images(2));
        session.Length.Should().Be(6);
        (model.Description.ImagePositions, model.Description.VisualTokens).Should().Be((1, 5));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Going_back_is_as_never_having_been_there(int config)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model =
            CrossAttentionFixture.Open(CrossAttentionFixture.Description(CrossAttentionFixture.Configs[config]));
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(3);
        using var session = new ModelSession(model);
        session.Append(Ids("abicd"), images[..1]);
        session.Append(Ids("eif"), images[1..2]);
        session.Append(Ids("g"));
        session.IsUnchangedUpTo(4).Should().BeTrue();
        session.Truncate(4);

        Check(model, session, "abic", "hi", [images[0], images[2]], images[2..]);
        session.Truncate(2);
        Check(model, session, "ab", "c", [], []);
        session.Truncate(0);
        Check(model, session, "", "ia", images[1..2], images[1..2]);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_fork_and_its_origin_go_their_own_ways(int config)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model =
            CrossAttentionFixture.Open(CrossAttentionFixture.Description(CrossAttentionFixture.Configs[config]));
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(3);
        using var session = new ModelSession(model);
        session.Append(Ids("abic"), images[..1]);
        ModelSession fork = session.Fork();
        Check(model, fork, "abic", "dif", images[..2], images[1..2]);
        Check(model, session, "abic", "eig", [images[0], images[2]], images[2..]);
        fork.Dispose();
        Check(model, session, "abiceig", "h", [images[0], images[2]], []);
        using ModelSession text = new(model);
        text.Append(Ids("ab"));
        using ModelSession ofText = text.Fork();
        Check(model, ofText, "ab", "ic", images[..1], images[..1]);
    }

    [Fact]
    public void Live_tensors_stay_flat_from_token_to_token()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = CrossAttentionFixture.Open(CrossAttentionFixture.Description());
        using var session = new ModelSession(model);
        session.Append(Ids("aib"), ModelFixture.Images(1));
        session.Append(Ids("c"));
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int token = 0; token < 80; token++)
            session.Append(Ids("d"));
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        session.Fork().Dispose();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        session.Dispose();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().BeLessThan(before);
    }

    private static int[] Ids(string letters) => ModelFixture.Sample(letters).InputIds.ToArray();

    private static ModelDescription Scaled(int trainedLength)
    {
        ModelDescription description = CrossAttentionFixture.Description();
        return description with
        {
            Language = description.Language with
            {
                Scaling = RopeScaling.Dynamic,
                ScalingFactor = 4,
                MaxPositions = trainedLength,
                RopeTheta = 1000,
            },
        };
    }

    private static void Agrees(ModelDescription description, string[] rounds, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = CrossAttentionFixture.Open(description);
        using var session = new ModelSession(model);
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(Images(string.Concat(rounds)));
        string before = "";
        foreach (string round in rounds)
        {
            int shown = Images(before), added = Images(round);
            Check(model, session, before, round, images[..(shown + added)], images[shown..(shown + added)], tolerance);
            before += round;
        }

        static int Images(string letters) => letters.Count(letter => letter == 'i');
    }

    private static void Check(
        ChatModel model,
        ModelSession session,
        string before,
        string round,
        ReadOnlyMemory<byte>[] all,
        ReadOnlyMemory<byte>[] added,
        double tolerance = DoubleTolerance)
    {
        Tensor actual = session.LogitsAfter(Ids(round), added);
        int length = before.Length + round.Length;
        Tensor expected = model.Logits([Ids(before + round)], all, [length - 1])[0];
        session.Length.Should().Be(length);
        GoldenFlamingo.RelativeDifference(actual, expected)
            .Should().BeLessThan(tolerance, "after '{0}' comes '{1}'", before, round);
    }
}
