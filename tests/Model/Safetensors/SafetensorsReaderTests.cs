using System.Buffers.Binary;
using System.Text;
using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Safetensors;

public sealed class SafetensorsReaderTests
{
    private const string Misplaced = "'a' lies at";
    private const string Misshapen = "'a' has * bytes, which its shape";
    private const string Twice =
        """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""";
    private const string Overlapping =
        """{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""";
    private const string OtherType = "'a' is of type F8_E4M3, which no model here has";
    private const string OtherFormat = "its header does not follow the format";

    private readonly string _path = Path.Combine(TestData.NewFolder(), "file.safetensors");

    [Fact]
    public void What_the_writer_wrote_is_read()
    {
        using DisposeScope scope = NewDisposeScope();
        TestData.Write(_path, ("one", [2, 2], [1, 2, 3, 4]), ("none", [0, 3], []), ("scalar", [], [5]));
        IReadOnlyDictionary<string, TensorEntry> entries = WeightFile.Read(_path);
        using var files = new MappedFiles();
        files.Load(entries["one"]).data<float>().ToArray().Should().Equal(1, 2, 3, 4);
        files.Load(entries["none"]).shape.Should().Equal(0, 3);
        files.Load(entries["scalar"]).item<float>().Should().Be(5);
    }

    [Fact]
    public void Sixteen_bits_stay_sixteen_and_an_odd_place_is_read_all_the_same()
    {
        using DisposeScope scope = NewDisposeScope();
        const string Header = """
            {"odd":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
             "b":{"dtype":"BF16","shape":[2],"data_offsets":[1,5]}}
            """;
        Write(Header, [9, 0xc0, 0x3f, 0x00, 0xc0]);
        TensorEntry entry = WeightFile.Read(_path)["b"];
        using var files = new MappedFiles();
        Tensor tensor = files.Load(entry);
        tensor.dtype.Should().Be(ScalarType.BFloat16);
        tensor.to(ScalarType.Float32).data<float>().ToArray().Should().Equal(1.5f, -2);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", Misshapen)]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", Misplaced)]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", Misplaced)]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", Misshapen)]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}}""", OtherType)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}""", Misshapen)]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]}}""", Misshapen)]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "there are bytes in it that belong to no")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", "there are bytes at its end")]
    [InlineData(Overlapping, "its tensors overlap")]
    [InlineData(Twice, "'a' is in it twice")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", OtherFormat)]
    [InlineData("""{"a":""", OtherFormat)]
    public void A_damaged_header_is_refused(string header, string why)
    {
        Write(header, new byte[4]);
        Action act = () => WeightFile.Read(_path);
        act.Should().Throw<ModelException>().WithMessage($"*is not a file of tensors that can be read: {why}*");
    }

    [Theory]
    [InlineData(
        new byte[] { 255, 255, 255, 255, 255, 255, 255, 127, 123 },
        "its header would be 9223372036854775807 bytes long")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 123 }, "its header would be -1 bytes long")]
    public void A_file_that_is_cut_off_is_refused(byte[] content, string why)
    {
        File.WriteAllBytes(_path, content);
        Action act = () => WeightFile.Read(_path);
        act.Should().Throw<ModelException>().WithMessage($"*is not a file of tensors that can be read: {why}*");
    }

    private void Write(string header, byte[] data)
    {
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, Encoding.UTF8.GetByteCount(header));
        File.WriteAllBytes(_path, [.. length, .. Encoding.UTF8.GetBytes(header), .. data]);
    }
}
