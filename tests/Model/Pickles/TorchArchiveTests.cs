using System.Text;
using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Pickles;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Pickles;

public sealed class TorchArchiveTests
{
    [Theory]
    [InlineData("tensors.bin")]
    [InlineData("protocol4.bin")]
    [InlineData("zip64.bin")]
    [InlineData("legacy.bin")]
    public void Tensors_are_views_of_their_storages(string file)
    {
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyDictionary<string, TensorEntry> entries = WeightFile.Read(TestData.At("pickles", file));
        entries.Keys.Should().BeEquivalentTo(
            "matrix", "tail", "transposed", "parameter", "half", "bfloat", "counts", "empty");
        using var files = new MappedFiles();
        Values(files, entries["matrix"]).Should().Equal(0, 1, 2, 3, 4, 5);
        Values(files, entries["tail"]).Should().Equal(6, 7, 8, 9, 10, 11);
        Values(files, entries["transposed"]).Should().Equal(0, 3, 1, 4, 2, 5);
        Values(files, entries["parameter"]).Should().Equal(2, 3);
        Values(files, entries["half"]).Should().Equal(0.5f, -2, 65504);
        Values(files, entries["bfloat"]).Should().Equal(1.5f, -2);
        Values(files, entries["counts"]).Should().Equal(-7);
        entries["bfloat"].Shape.Should().Equal(2, 1);
        entries["bfloat"].Type.Should().Be(ScalarType.BFloat16);
        files.Load(entries["empty"]).shape.Should().Equal(0, 4);
    }

    [Fact]
    public void A_storage_that_is_not_aligned_is_read_all_the_same()
    {
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyDictionary<string, TensorEntry> entries = WeightFile.Read(TestData.At("pickles", "unaligned.bin"));
        (entries["matrix"].Offset % 4).Should().NotBe(0);
        using var files = new MappedFiles();
        Values(files, entries["matrix"]).Should().Equal(0, 1, 2, 3, 4, 5);
        Values(files, entries["half"]).Should().Equal(0.5f, -2, 65504);
    }

    [Theory]
    [InlineData("call.bin", "its pickle asks for 'posix.system', which a file of tensors does not need; it is refused")]
    [InlineData("storage-missing.bin", "the bytes of 'matrix' are not in it")]
    [InlineData("too-long.bin", "'matrix' reaches beyond its bytes")]
    [InlineData("compressed.bin", "*is compressed or encrypted, which PyTorch's files are not")]
    public void Anything_but_tensors_is_refused(string file, string why)
    {
        Action act = () => WeightFile.Read(TestData.At("pickles", file));
        act.Should().Throw<ModelException>().WithMessage($"*{file}' is not a file of tensors that can be read: {why}*");
    }

    [Theory]
    [InlineData("tensors.bin")]
    [InlineData("legacy.bin")]
    public void A_file_cut_off_anywhere_is_refused(string file)
    {
        byte[] whole = File.ReadAllBytes(TestData.At("pickles", file));
        string path = Path.Combine(TestData.NewFolder(), "cut.bin");
        for (int length = 0; length < whole.Length; length += 37)
        {
            File.WriteAllBytes(path, whole[..length]);
            Action act = () => WeightFile.Read(path);
            act.Should().Throw<ModelException>();
        }
    }

    [Theory]
    [InlineData("cbuiltins\neval\n.", "asks for 'builtins.eval'")]
    [InlineData("ccollections\nOrderedDict\n(K\u0001tR.", "calls something that is not a function of a tensor file")]
    [InlineData("ctorch\nFloatStorage\n)R.", "calls something")]
    [InlineData("}.x", "")]
    [InlineData("]N b.", "instruction 0x20")]
    [InlineData("]Nb.", "gives attributes to something that is not a dictionary")]
    [InlineData("N.", "is not a dictionary of tensors")]
    [InlineData("h\u0007.", "recalls a value it never stored")]
    [InlineData("i", "instruction 0x69")]
    [InlineData("X\u0005\u0000\u0000\u0000ab", "cut off or damaged")]
    [InlineData("t.", "cut off or damaged")]
    [InlineData("}K\u0001u.", "cut off or damaged")]
    public void Instructions_of_other_programs_are_refused(string program, string why)
    {
        Func<object> act = () => TensorUnpickler.Read(Encoding.Latin1.GetBytes(program));
        if (why.Length == 0)
            act().Should().BeAssignableTo<IReadOnlyDictionary<string, PickledTensor>>().Which.Should().BeEmpty();
        else
            act.Should().Throw<InvalidDataException>().WithMessage($"*{why}*");
    }

    private static float[] Values(MappedFiles files, TensorEntry entry)
    {
        using DisposeScope scope = NewDisposeScope();
        return files.Load(entry).to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }
}
