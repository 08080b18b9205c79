using System.Text.Json;
using TorchSharp;
using VisualChat.Model.Quantisation;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Transfers;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Quantisation;

public sealed class Nf4WeightTests
{
    public static TheoryData<string, bool> GoldenAndWay
    {
        get
        {
            var data = new TheoryData<string, bool>();
            foreach (string name in (string[])["a", "a-nested", "b", "b-nested"])
            {
                data.Add(name, false);
                data.Add(name, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(GoldenAndWay))]
    public void Numbers_are_those_of_bitsandbytes_bit_for_bit(string name, bool byOperators)
    {
        using DisposeScope scope = NewDisposeScope();
        using var golden = new GoldenNf4(name);
        using LentWeight weight = golden.Weight(byOperators);

        Tensor lent = weight.Lend(ScalarType.Float32);

        Bits(lent).Should().Equal(Bits(golden["dequantized"]));
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float64)]
    public void Other_types_have_the_same_numbers_rounded_once(ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using var golden = new GoldenNf4("a-nested");
        foreach (bool byOperators in (bool[])[false, true])
        {
            using LentWeight weight = golden.Weight(byOperators);
            weight.Lend(type).Equals(golden["dequantized"].to(type)).Should().BeTrue();
        }
    }

    [Theory]
    [InlineData("a-nested")]
    [InlineData("b-nested")]
    public void Our_own_codes_and_scales_are_those_of_bitsandbytes(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var golden = new GoldenNf4(name);

        (Tensor codes, Nf4Scales scales) = Nf4Quantiser.Quantise(golden["original"].clone())!.Value;

        codes.bytes.ToArray().Should().Equal(golden["W.weight"].bytes.ToArray());
        scales.Absmax.bytes.ToArray().Should().Equal(golden["W.weight.absmax"].bytes.ToArray());
        Bits(scales.Nested!.Absmax).Should().Equal(Bits(golden["W.weight.nested_absmax"]));
        float offset = JsonDocument.Parse(golden.State).RootElement.GetProperty("nested_offset").GetSingle();
        scales.Nested.Offset.data<float>().ToArray().Should().AllSatisfy(own => own.Should().Be(offset));
        scales.Nested.Map.Should().Equal(golden["W.weight.nested_quant_map"].data<float>().ToArray());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    public void Scales_before_they_are_in_8_bits_are_those_of_bitsandbytes_too(string name)
    {
        using DisposeScope scope = NewDisposeScope();
        using var golden = new GoldenNf4(name);
        float[] absmax = new float[golden["W.weight.absmax"].numel()];
        Tensor codes = empty_like(golden["W.weight"]);

        Nf4Host.Quantise(golden["original"].clone(), codes, absmax).Should().BeTrue();

        codes.Equals(golden["W.weight"]).Should().BeTrue();
        absmax.Should().Equal(golden["W.weight.absmax"].data<float>().ToArray());
    }

    // Several pieces of work, a last block that is not full, and an odd count.
    [Theory]
    [InlineData(3001, 701)]
    [InlineData(1, 1)]
    [InlineData(5, 13)]
    public void Any_shape_is_made_alike_by_the_host_and_by_operators(int rows, int columns)
    {
        using DisposeScope scope = NewDisposeScope();
        using LentWeight byHost = Quantised(rows, columns, byOperators: false);
        using LentWeight byOperators = Quantised(rows, columns, byOperators: true);

        Tensor one = byHost.Lend(ScalarType.Float32), other = byOperators.Lend(ScalarType.Float32);

        one.shape.Should().Equal(rows, columns);
        one.Equals(other).Should().BeTrue();
        Tensor values = Values(rows, columns);
        (one - values).abs().max().item<float>().Should().BeLessThan(0.16f * values.abs().max().item<float>());
    }

    [Fact]
    public void A_block_of_zeros_stays_zeros()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor codes, _) = Nf4Quantiser.Quantise(zeros(2, 64))!.Value;

        codes.bytes.ToArray().Should().AllBeEquivalentTo((byte)0x77);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_number_that_is_not_finite_is_noticed(float number)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = Values(4, 64);
        using Scalar held = number;
        _ = values[2, 5].fill_(held);

        Nf4Quantiser.Quantise(values).Should().BeNull();
        Int8Weight.Quantise(values).Should().BeNull();
    }

    [Fact]
    public void Joined_weights_are_their_parts()
    {
        using DisposeScope scope = NewDisposeScope();
        LentWeight[] parts = [Quantised(128, 256, true, 1), Quantised(64, 256, true, 2), Quantised(192, 256, true, 3)];
        using LentWeight whole = QuantisedWeights.Join(parts)!;

        Tensor expected = cat([.. parts.Select(part => part.Lend(ScalarType.Float32))], 0);

        whole.Lend(ScalarType.Float32).Equals(expected).Should().BeTrue();
        using var rows = (LentWeight)whole.Narrow(128, 256);
        rows.Lend(ScalarType.Float32).Equals(expected.narrow(0, 128, 256)).Should().BeTrue();
        QuantisedWeights.Join([Quantised(96, 128, true), Quantised(32, 128, true)])
            .Should().BeNull("their scales share blocks with no other weight's");
    }

    internal static Tensor Values(int rows, int columns, long seed = 7)
    {
        using var generator = new Generator((ulong)seed);
        return empty([rows, columns], ScalarType.Float32).normal_(0, 1, generator);
    }

    internal static LentWeight Quantised(
        int rows, int columns, bool byOperators, long seed = 7, FrozenFormat format = FrozenFormat.Nf4)
    {
        using var files = new MappedFiles();
        var transfers = new DeviceTransfers(CPU);
        using var weights = new QuantisedWeights(
            files, new TensorCopies(files, transfers), transfers, byOperators, new BackwardFailures());
        using Tensor values = Values(rows, columns, seed);
        return weights.Of(values, format)!;
    }

    private static int[] Bits(Tensor floats) =>
        [.. floats.contiguous().data<float>().ToArray().Select(BitConverter.SingleToInt32Bits)];
}
