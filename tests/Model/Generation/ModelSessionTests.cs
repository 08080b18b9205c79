using CsCheck;
using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Errors;
using VisualChat.Model.Generation;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Generation;

/// <summary>
/// A conversation as rounds of letters, i for an image: the logits after each round must be those
/// of all letters so far, computed at once.
/// </summary>
public sealed class ModelSessionTests
{
    /// <summary>Sums of some hundred products, in another order.</summary>
    private const double DoubleTolerance = 1e-10, FloatTolerance = 1e-4;

    public static TheoryData<AttentionMode, string> Conversations()
    {
        var data = new TheoryData<AttentionMode, string>();
        foreach (AttentionMode mode in Enum.GetValues<AttentionMode>())
            foreach (string rounds in new[]
            {
                "a", "abc|d|ef", "abicd|e|f|gh", "ab|cid|e|ifg", "abiic|d|eifiig|h",
                "i|a|b|i|c", "iab|ciid|e", "a|i|i|b", "abi|c|d", "a|bi|i|ici|d",
            })
                data.Add(mode, rounds);
        return data;
    }

    public static TheoryData<AttentionMode> Modes => [.. Enum.GetValues<AttentionMode>()];

    [Theory]
    [MemberData(nameof(Conversations))]
    public void Continuing_gives_the_logits_of_computing_everything(AttentionMode mode, string rounds)
    {
        ModelDescription description = ModelFixture.Description() with { Attention = mode };
        ModelDescription inFloat32 = description with { ComputeType = ScalarType.Float32 };
        ModelDescription asOnGpu = description with { PadsAttention = true, CopiesFrozen = true };
        Agrees(description, rounds.Split('|'), DoubleTolerance);
        Agrees(asOnGpu, rounds.Split('|'), DoubleTolerance);
        Agrees(inFloat32, rounds.Split('|'), FloatTolerance);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void So_it_does_for_any_rounds_and_any_grouping_of_heads(AttentionMode mode)
    {
        Gen<string> round = Gen.Char["abcdi"].Array[1, 6].Select(letters => new string(letters));
        round.Array[1, 5].Select(Gen.Int[0, 2], Gen.Bool).Sample((rounds, groups, isOnGpu) =>
        {
            ModelDescription description = ModelFixture.Description() with
            {
                PadsAttention = isOnGpu,
                CopiesFrozen = isOnGpu,
            };
            LlamaConfig language = description.Language with { KeyValueHeads = 4 >> groups };
            Agrees(description with { Attention = mode, Language = language }, rounds, DoubleTolerance);
        }, iter: 20, threads: 1);
    }

    [Theory]
    [InlineData(AttentionMode.Mmca, RopeScaling.Linear)]
    [InlineData(AttentionMode.Mmca, RopeScaling.Dynamic)]
    [InlineData(AttentionMode.Causal, RopeScaling.Dynamic)]
    [InlineData(AttentionMode.MmcaDeepSpeed, RopeScaling.Dynamic)]
    [InlineData(AttentionMode.CraCaMask, RopeScaling.Dynamic)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, RopeScaling.Dynamic)]
    public void Rotary_positions_stay_right_within_and_beyond_the_trained_length(
        AttentionMode mode, RopeScaling scaling)
    {
        ModelDescription description = Scaled(scaling, trainedLength: 10) with { Attention = mode };
        Agrees(description, ["ab", "cid", "e", "f", "g", "ih", "abc", "d"], DoubleTolerance);
    }

    [Theory]
    [InlineData(AttentionMode.Mmca, RopeScaling.None)]
    [InlineData(AttentionMode.Causal, RopeScaling.None)]
    [InlineData(AttentionMode.MmcaDeepSpeed, RopeScaling.None)]
    [InlineData(AttentionMode.CraCaMask, RopeScaling.None)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, RopeScaling.None)]
    [InlineData(AttentionMode.Mmca, RopeScaling.Dynamic)]
    [InlineData(AttentionMode.CraCaMask, RopeScaling.Dynamic)]
    public void Going_back_is_as_never_having_been_there(AttentionMode mode, RopeScaling scaling)
    {
        using DisposeScope scope = NewDisposeScope();
        int trainedLength = scaling == RopeScaling.None ? 100 : 12;
        ModelDescription description = Scaled(scaling, trainedLength, theta: 10000) with { Attention = mode };
        using ChatModel model = ChatModel.Create(description);
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(3);
        using ModelSession session = new ModelSession(model);
        session.Append(Ids("abicd"), images[..1]);
        session.Append(Ids("eif"), images[1..2]);
        session.Append(Ids("g"));
        session.Length.Should().Be(17);
        session.Truncate(4);
        session.Length.Should().Be(8);
        session.Ids.Should().Equal(Ids("abic"));

        Check(model, session, "abic", "hi", [images[0], images[2]], images[2..]);
        session.Truncate(2);
        Check(model, session, "ab", "c", [], []);
        session.Truncate(0);
        Check(model, session, "", "ia", images[1..2], images[1..2]);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void A_fork_and_its_origin_go_their_own_ways(AttentionMode mode)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with { Attention = mode });
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(3);
        using ModelSession session = new ModelSession(model);
        session.Append(Ids("abic"), images[..1]);
        float[] before = session.Logits.ToArray();
        ModelSession fork = session.Fork();
        fork.Logits.ToArray().Should().Equal(before);
        Check(model, fork, "abic", "dif", images[..2], images[1..2]);
        Check(model, session, "abic", "eig", [images[0], images[2]], images[2..]);
        fork.Dispose();
        Check(model, session, "abiceig", "h", [images[0], images[2]], []);
    }

    [Fact]
    public void A_fork_knows_the_length_its_rows_were_rotated_for()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(Scaled(RopeScaling.Dynamic, trainedLength: 8));
        using ModelSession session = new ModelSession(model);
        session.Append(Ids("abicdefg"), ModelFixture.Images(1));
        using ModelSession fork = session.Fork();
        fork.Truncate(3);
        Check(model, fork, "abi", "h", ModelFixture.Images(1), []);
    }

    [Fact]
    public void The_trained_embedding_feeds_what_is_appended()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ModelFixture.Model();
        using ModelSession first = new ModelSession(model), second = new ModelSession(model);
        first.Append(Ids("ab"));
        second.Append(Ids("ab"));
        first.Append(Ids("c"));
        float[] before = first.Logits.ToArray();
        using (no_grad())
            model.Parameters["lang_embed.weight"][2].AddInPlace(HeldScalars.One);
        second.Append(Ids("c"));
        second.Logits.ToArray().Should().NotEqual(before);
    }

    [Fact]
    public void A_conversation_that_would_be_too_long_is_refused_and_stays_as_it_was()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(Scaled(RopeScaling.None, trainedLength: 9));
        using ModelSession session = new ModelSession(model);
        session.MaxPositions.Should().Be(9);
        session.Append(Ids("abi"), ModelFixture.Images(1));
        Action tooLong = () => session.Append(Ids("cde"));
        tooLong.Should().Throw<ModelException>().WithMessage(
            "The conversation would be 10 positions long, and the decoder reaches 9. "
            + "Begin a new one, or show fewer images.");
        session.Length.Should().Be(7);
        Check(model, session, "abi", "cd", ModelFixture.Images(1), []);
    }

    [Theory]
    [InlineData(RopeScaling.None, 100)]
    [InlineData(RopeScaling.Linear, 250)]
    [InlineData(RopeScaling.Dynamic, 250)]
    public void Scaled_rotary_positions_reach_further(RopeScaling scaling, int positions)
    {
        using ChatModel model = ChatModel.Create(Scaled(scaling, trainedLength: 100, factor: 2.5));
        using ModelSession session = new ModelSession(model);
        session.MaxPositions.Should().Be(positions);
    }

    [Fact]
    public void Ids_and_images_that_do_not_go_together_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ModelFixture.Model();
        using ModelSession session = new ModelSession(model);
        Action none = () => session.Append([]);
        none.Should().Throw<ArgumentException>()
            .WithMessage("Nothing is appended; the next token's logits are those after the last id.*");
        Action images = () => session.Append(Ids("aib"));
        images.Should().Throw<ArgumentException>().WithMessage("The samples show 1 images, and 0 are given.*");
        Action ahead = () => session.Truncate(1);
        ahead.Should().Throw<ArgumentOutOfRangeException>();
        session.Dispose();
        Action gone = () => session.Append(Ids("a"));
        gone.Should().Throw<ObjectDisposedException>();
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Live_tensors_stay_flat_from_token_to_token(AttentionMode mode)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(ModelFixture.Description() with { Attention = mode });
        using ModelSession session = new ModelSession(model);
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(1);
        session.Append(Ids("aib"), images);
        session.Append(Ids("c"));
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        // Past the room that was made first.
        for (int token = 0; token < 80; token++)
            session.Append(Ids("d"));
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        session.Fork().Dispose();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().Be(before);
        session.Truncate(0);
        session.Dispose();
        DisposeScopeManager.Statistics.ThreadTotalLiveCount.Should().BeLessThan(before);
    }

    private static int[] Ids(string letters) => ModelFixture.Sample(letters).InputIds.ToArray();

    private static void Agrees(ModelDescription description, string[] rounds, double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(description);
        using ModelSession session = new ModelSession(model);
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
        int length = (before + round).Sum(letter => letter == 'i' ? model.Description.ImagePositions : 1);
        Tensor expected = model.Logits([Ids(before + round)], all, [length - 1])[0];
        session.Length.Should().Be(length);
        (actual.shape[0], actual.dtype).Should().Be((ModelFixture.Vocabulary, model.Description.ComputeType));
        Largest(actual - expected)
            .Should().BeLessThan(tolerance * Largest(expected), "after '{0}' comes '{1}'", before, round);

        static double Largest(Tensor x) => x.abs().max().to(ScalarType.Float64).item<double>();
    }

    private static ModelDescription Scaled(
        RopeScaling scaling, int trainedLength, double factor = 4, double theta = 1000)
    {
        ModelDescription description = ModelFixture.Description();
        return description with
        {
            Language = description.Language with
            {
                Scaling = scaling,
                ScalingFactor = factor,
                MaxPositions = trainedLength,
                RopeTheta = theta,
            },
        };
    }
}
