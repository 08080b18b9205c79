using CsCheck;
using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Language;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Language;

public sealed class LlamaDecoderTests
{
    /// <summary>Sums of a few hundred products in double, in another order.</summary>
    private const double DoubleTolerance = 1e-10;

    /// <summary>The same in float32.</summary>
    private const double FloatTolerance = 1e-4;

    public static TheoryData<AttentionMode> Modes => [.. Enum.GetValues<AttentionMode>()];

    public static TheoryData<AttentionMode, bool, bool> PaddedAndJoined()
    {
        var data = new TheoryData<AttentionMode, bool, bool>();
        foreach (AttentionMode mode in Enum.GetValues<AttentionMode>())
            foreach (bool isPadded in new[] { false, true })
                foreach (bool isJoined in new[] { false, true })
                    data.Add(mode, isPadded, isJoined);
        return data;
    }

    public static TheoryData<AttentionMode, string> Interleavings()
    {
        var data = new TheoryData<AttentionMode, string>();
        foreach (AttentionMode mode in Enum.GetValues<AttentionMode>())
            foreach (string samples in new[]
            {
                "tttttt", "t", "ttvvttt", "vvvtttt", "ttvvvvtt", "tttvvv", "tvtvtvtvt", "vtv", "vvtvvvvttvt",
                "ttvvtt|pppttvt",
                "ttvvtt|ttt|vvtt|t", "ttvvttppp|tvtpppppp|tttttpppp", "vt|tv|vvvt",
            })
                data.Add(mode, samples);
        return data;
    }

    [Theory]
    [MemberData(nameof(Interleavings))]
    public void Outputs_and_gradients_are_those_of_the_formula(AttentionMode mode, string samples)
    {
        // Padding on the left would be spread over by the released code's empty rows; a batch never
        // has it.
        string[] batch = [.. samples.Split('|').Select(kinds => kinds.TrimStart('p'))];
        Agrees(TestDecoder.Sizes, mode, batch, ScalarType.Float64, DoubleTolerance, (_, _) => true);
        Agrees(TestDecoder.Sizes, mode, batch, ScalarType.Float32, FloatTolerance, (_, _) => true);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Any_interleaving_and_any_choice_of_positions_agrees_with_the_formula(AttentionMode mode)
    {
        Gen<string> sample = Gen.Char["ttv"].Array[1, 14].Select(kinds => new string(kinds) + "t");
        sample.Array[1, 3].Select(Gen.Int[0, 3], Gen.Int[0, 2]).Sample((samples, modulus, groups) =>
        {
            LlamaConfig config = TestDecoder.Sizes with { KeyValueHeads = 4 >> groups };
            Agrees(config, mode, samples, ScalarType.Float64, DoubleTolerance, (kinds, place) =>
                place == kinds.Length - 1 || (place + kinds.Length) % (modulus + 1) == 0);
        }, iter: 25, threads: 1);
    }

    [Theory]
    [InlineData(AttentionMode.CraCaMask)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes)]
    public void More_rows_than_are_computed_at_once_agree_too(AttentionMode mode)
    {
        string text = new('t', 300), images = new('v', 520);
        Agrees(
            TestDecoder.Sizes with { Layers = 2 },
            mode,
            [$"t{images}{text}", $"v{text}"],
            ScalarType.Float64,
            DoubleTolerance,
            (_, place) => place % 50 == 7);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Key_value_heads_are_shared_by_groups_of_heads(int keyValueHeads)
    {
        LlamaConfig config = TestDecoder.Sizes with { KeyValueHeads = keyValueHeads };
        foreach (AttentionMode mode in Enum.GetValues<AttentionMode>())
            Agrees(config, mode, ["ttvvtvvt", "vtt"], ScalarType.Float64, DoubleTolerance, (_, _) => true);
    }

    [Theory]
    [InlineData(RopeScaling.Linear)]
    [InlineData(RopeScaling.Dynamic)]
    public void Rotary_positions_are_scaled(RopeScaling scaling)
    {
        LlamaConfig config = Scaled(scaling) with { RopeTheta = 1000 };
        // The second sample is within the trained length: its base must not grow with the first
        // one's.
        foreach (AttentionMode mode in Enum.GetValues<AttentionMode>())
            Agrees(config, mode, ["ttvvttttvt", "tvtt"], ScalarType.Float64, DoubleTolerance, (_, _) => true);
    }

    [Fact]
    public void Rotary_scaling_changes_the_outputs()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] logits = [.. Enum.GetValues<RopeScaling>().Select(scaling =>
        {
            using var decoder = new TestDecoder(Scaled(scaling), ScalarType.Float64, seed: 3);
            return decoder.Compare(AttentionMode.Causal, ["tttttttttt"], (_, _) => true).Packed.Tensors["logits"];
        })];
        (logits[0] - logits[1]).abs().max().item<double>().Should().BeGreaterThan(0.01);
        (logits[0] - logits[2]).abs().max().item<double>().Should().BeGreaterThan(0.01);
        (logits[1] - logits[2]).abs().max().item<double>().Should().BeGreaterThan(0.01);
    }

    [Theory]
    [MemberData(nameof(PaddedAndJoined))]
    public void Layers_recomputed_for_their_gradients_change_nothing(
        AttentionMode mode, bool isPadded, bool isJoined)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (string[] samples in new string[][] { ["ttvvtt", "tvt"], ["ttt"] })
        {
            using TestDecoder kept = Decoder(), again = Decoder();
            TestDecoder.Outcome expected = kept.Compare(mode, samples, (_, place) => place % 2 == 0).Packed;
            TestDecoder.Outcome actual = again
                .Compare(mode, samples, (_, place) => place % 2 == 0, activationCheckpointing: true).Packed;
            actual.FurthestFrom(expected).Share.Should().Be(0);
        }

        TestDecoder Decoder() =>
            new(TestDecoder.Sizes, ScalarType.Float32, seed: 11, isJoined) { IsPadded = isPadded };
    }

    [Fact]
    public void Rows_that_do_not_fill_the_layout_are_refused()
    {
        using var decoder = new TestDecoder(TestDecoder.Sizes, ScalarType.Float32, seed: 1);
        var packed = new LlamaDecoder(decoder.Parameters, decoder.Config, AttentionMode.Mmca);
        Action act = () => TestDecoder.Logits(packed, zeros(3, 24), null, TestDecoder.Layout(["ttvt"]), [0]);
        act.Should().Throw<ArgumentException>()
            .WithMessage("3 text and 0 image rows do not fill a layout of 3 and 1.*");
    }

    [Fact]
    public void A_layer_that_fails_while_its_gradients_are_computed_is_reported_afterwards()
    {
        using DisposeScope scope = NewDisposeScope();
        using var decoder = new TestDecoder(TestDecoder.Sizes, ScalarType.Float32, seed: 1);
        var checkpointing = new ActivationCheckpointing();
        var packed = new LlamaDecoder(decoder.Parameters, decoder.Config, AttentionMode.Mmca);
        Tensor logits = TestDecoder.Logits(packed, ones(2, 24), null, TestDecoder.Layout(["tt"]), [1], checkpointing);
        checkpointing.Dispose();
        logits.sum().backward();
        Action act = checkpointing.ThrowIfFailed;
        act.Should().Throw<AggregateException>().WithMessage("A layer that was recomputed for its gradients failed.*");
    }

    private static LlamaConfig Scaled(RopeScaling scaling) =>
        TestDecoder.Sizes with { Scaling = scaling, ScalingFactor = 2.5, MaxPositions = 6 };

    private static void Agrees(
        LlamaConfig config,
        AttentionMode mode,
        string[] samples,
        ScalarType type,
        double tolerance,
        Func<string, int, bool> wanted)
    {
        foreach (bool isPadded in new[] { false, true })
        {
            foreach (bool isJoined in new[] { false, true })
            {
                using DisposeScope scope = NewDisposeScope();
                using var decoder = new TestDecoder(config, type, seed: 7, isJoined) { IsPadded = isPadded };
                (TestDecoder.Outcome packed, TestDecoder.Outcome dense) = decoder.Compare(mode, samples, wanted);
                (double share, string name) = packed.FurthestFrom(dense);
                string what = $"{(isPadded ? "padded" : "in blocks")}{(isJoined ? ", joined" : "")}";
                share.Should().BeLessThan(
                    tolerance, $"'{name}' of {mode} {what} over {string.Join('|', samples)} in {type}");
            }
        }
    }
}
