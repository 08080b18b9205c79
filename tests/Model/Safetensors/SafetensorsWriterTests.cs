using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using VisualChat.Model.Safetensors;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Safetensors;

public sealed class SafetensorsWriterTests
{
    [Fact]
    public void A_file_is_the_headers_length_the_padded_header_and_the_values()
    {
        using var file = new MemoryStream();

        SafetensorsWriter.Write(
            file,
            [
                SafetensorsTensor.Of("pixel_values", [1, 2], new float[] { 1.5f, -2f }),
                SafetensorsTensor.Of("ids", [2], new long[] { 7, -100 }),
                SafetensorsTensor.Of("count", [], new int[] { 3 }),
                SafetensorsTensor.Of("raw", [3], new byte[] { 1, 2, 3 }),
            ],
            new Dictionary<string, string> { ["format"] = "pt" });

        const string Header =
            """{"__metadata__":{"format":"pt"}"""
            + ""","pixel_values":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}"""
            + ""","ids":{"dtype":"I64","shape":[2],"data_offsets":[8,24]}"""
            + ""","count":{"dtype":"I32","shape":[],"data_offsets":[24,28]}"""
            + ""","raw":{"dtype":"U8","shape":[3],"data_offsets":[28,31]}}""";
        byte[] bytes = file.ToArray();
        BitConverter.ToInt64(bytes).Should().Be(272);
        Encoding.UTF8.GetString(bytes, 8, 272).Should().Be(Header.PadRight(272));
        Convert.ToHexString(bytes.AsSpan(8 + 272)).Should().Be(
            "0000C03F000000C0" + "0700000000000000" + "9CFFFFFFFFFFFFFF" + "03000000" + "010203");
    }

    [Fact]
    public void Values_longer_than_one_write_are_whole()
    {
        float[] values = new float[(1 << 20) + 3];
        values[^1] = 1;
        using var file = new MemoryStream();

        SafetensorsWriter.Write(file, [SafetensorsTensor.Of("w", [values.Length], values)]);

        byte[] bytes = file.ToArray();
        bytes.Length.Should().Be(8 + (int)BitConverter.ToInt64(bytes) + (4 * values.Length));
        bytes.AsSpan()[^4..].ToArray().Should().Equal(0x00, 0x00, 0x80, 0x3F);
    }

    [Theory]
    [InlineData(ScalarType.Float64, "F64", "000000000000F83F" + "00000000000000C0")]
    [InlineData(ScalarType.Float32, "F32", "0000C03F" + "000000C0")]
    [InlineData(ScalarType.Float16, "F16", "003E" + "00C0")]
    [InlineData(ScalarType.BFloat16, "BF16", "C03F" + "00C0")]
    public void A_tensor_is_written_in_its_type(ScalarType type, string name, string values)
    {
        using DisposeScope scope = NewDisposeScope();
        using var file = new MemoryStream();
        var written = SafetensorsTensor.Of("w", tensor(new[] { 9, 1.5, -2 }).to(type).narrow(0, 1, 2));
        written.Type.Should().Be(name);

        SafetensorsWriter.Write(file, [written]);

        Convert.ToHexString(file.ToArray()).Should().EndWith(values);
        written.ByteLength.Should().Be(values.Length / 2);
    }

    [Theory]
    [InlineData(2000, 1500, false)]
    [InlineData(1500, 2000, true)]
    [InlineData(1, 3000000, false)]
    [InlineData(3000000, 1, true)]
    public void A_tensor_longer_than_a_piece_is_whole_whatever_its_strides(long rows, long columns, bool transpose)
    {
        using DisposeScope scope = NewDisposeScope();
        float[] numbers = [.. Enumerable.Range(0, (int)(rows * columns)).Select(number => (float)number)];
        Tensor values = tensor(numbers, [rows, columns]);
        Tensor written = transpose ? values.t() : values;
        using var file = new MemoryStream();

        SafetensorsWriter.Write(
            file,
            [
                SafetensorsTensor.Of("w", written),
                SafetensorsTensor.Of("scalar", tensor(5f)),
                SafetensorsTensor.Of("none", zeros(0, 3)),
            ]);

        byte[] bytes = file.ToArray();
        float[] expected = [.. written.contiguous().data<float>(), 5];
        int start = 8 + (int)BitConverter.ToInt64(bytes);
        bytes.AsSpan(start).SequenceEqual(MemoryMarshal.AsBytes<float>(expected)).Should().BeTrue();
    }

    [Fact]
    public void A_tensor_of_integers_is_refused()
    {
        Action act = () => SafetensorsTensor.Of("w", zeros(2, dtype: ScalarType.Int64));
        act.Should().Throw<ArgumentException>().WithMessage("'w' holds Int64, not floating-point numbers.*");
    }

    [Fact]
    public void A_shape_of_another_number_of_values_is_refused()
    {
        Action act = () => SafetensorsTensor.Of("w", [2, 2], new float[3]);
        act.Should().Throw<ArgumentException>()
            .WithMessage("'w': the shape [2, 2] does not hold 3 values.*");
    }

    [Theory]
    [InlineData("w")]
    [InlineData("__metadata__")]
    public void A_name_that_is_taken_is_refused(string second)
    {
        SafetensorsTensor[] tensors =
        [
            SafetensorsTensor.Of("w", [1], new float[1]),
            SafetensorsTensor.Of(second, [1], new float[1]),
        ];

        Action act = () => SafetensorsWriter.Write(Stream.Null, tensors);
        act.Should().Throw<ArgumentException>().WithMessage($"'{second}' is used twice*");
    }
}
