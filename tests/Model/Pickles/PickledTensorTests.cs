using System.Text;
using VisualChat.Model.Pickles;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Pickles;

/// <summary>Sizes made to overflow, and pickles made to fill the memory.</summary>
public sealed class PickledTensorTests
{
    private const long Huge = 1L << 62;

    [Theory]
    [InlineData(0, new long[] { 2 }, new long[] { Huge }, "'x' reaches beyond its bytes")]
    [InlineData(0, new long[] { 5, 5 }, new long[] { Huge, Huge }, "'x' reaches beyond its bytes")]
    [InlineData(Huge, new long[] { 2 }, new long[] { 1 }, "'x' reaches beyond its bytes")]
    [InlineData(long.MaxValue, new long[] { 1 }, new long[] { 1 }, "'x' reaches beyond its bytes")]
    [InlineData(0, new long[] { Huge, Huge, 4 }, new long[] { 0, 0, 1 }, "'x' reaches beyond its bytes")]
    [InlineData(0, new long[] { long.MaxValue, long.MaxValue }, new long[] { long.MaxValue, 1 }, "'x' reaches beyond*")]
    [InlineData(0, new long[] { 2 }, new long[] { -Huge }, "'x' reaches beyond its bytes")]
    [InlineData(-Huge, new long[] { 2 }, new long[] { 1 }, "'x' reaches beyond its bytes")]
    [InlineData(0, new long[] { -2 }, new long[] { 1 }, "'x' reaches beyond its bytes")]
    [InlineData(0, new long[] { 2 }, new long[] { 1, 1 }, "'x' reaches beyond its bytes")]
    [InlineData(0, new long[] { 1 << 30 }, new long[] { 0 }, "'x' has 4,294,967,296 bytes of elements in 16 bytes *")]
    public void A_tensor_that_its_bytes_cannot_hold_is_refused(long offset, long[] shape, long[] strides, string why)
    {
        var tensor = new PickledTensor(new PickledStorage(ScalarType.Float32, "0", 4), offset, shape, strides);
        Action act = () => tensor.Place("x", "file", new ByteRange(64, 16));
        act.Should().Throw<InvalidDataException>().WithMessage(why);
    }

    [Fact]
    public void The_last_element_may_be_the_last_of_its_bytes()
    {
        var tensor = new PickledTensor(new PickledStorage(ScalarType.Float32, "0", 4), 1, [3], [1]);
        TensorEntry entry = tensor.Place("x", "file", new ByteRange(64, 16));
        (entry.Offset, entry.ExtentBytes, entry.Bytes).Should().Be((68, 12, 12));
    }

    [Theory]
    [InlineData('}')]
    [InlineData(']')]
    [InlineData('(')]
    [InlineData('N')]
    public void A_pickle_of_nothing_but_values_ends(char instruction)
    {
        byte[] program = [.. Enumerable.Repeat((byte)instruction, 3_000_000), (byte)'.'];
        Action act = () => TensorUnpickler.Read(program);
        act.Should().Throw<InvalidDataException>().WithMessage("its pickle has more than 2,000,000 instructions");
    }

    [Fact]
    public void A_tuple_is_not_taken_for_a_shape_of_thousands_of_dimensions()
    {
        string sizes = "(" + string.Concat(Enumerable.Repeat("K\u0001", 1000)) + "t";
        string program = "ctorch._utils\n_rebuild_tensor_v2\n(NK\u0000" + sizes + sizes + "tR.";
        Action act = () => TensorUnpickler.Read(Encoding.Latin1.GetBytes(program));
        act.Should().Throw<InvalidDataException>().WithMessage("a pickled tensor has 1000 dimensions");
    }

    [Fact]
    public void Tensors_one_level_down_are_told()
    {
        const string Tensor =
            "ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\u0000\u0000\u0000storagectorch\nFloatStorage\n"
            + "X\u0001\u0000\u0000\u00000X\u0003\u0000\u0000\u0000cpuK\u0001tQK\u0000K\u0001\u0085K\u0001\u0085tR";
        string program = "}X\u0005\u0000\u0000\u0000model}X\u0001\u0000\u0000\u0000w" + Tensor + "ss.";
        Action act = () => TensorUnpickler.Read(Encoding.Latin1.GetBytes(program));
        act.Should().Throw<InvalidDataException>()
            .WithMessage("its tensors are one level down, under 'model'; save that dictionary alone");
    }
}
