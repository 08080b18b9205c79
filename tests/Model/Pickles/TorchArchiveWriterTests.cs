using System.IO.Compression;
using System.Text;
using TorchSharp;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Pickles;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Pickles;

public sealed class TorchArchiveWriterTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        using DisposeScope scope = NewDisposeScope();
        string path = Written();
        IReadOnlyDictionary<string, TensorEntry> entries = WeightFile.Read(path);
        using var files = new MappedFiles();
        entries.Keys.Should().Equal("matrix", "half", "again", "wide", "brain");
        files.Load(entries["matrix"]).data<float>().ToArray().Should().Equal(0, 3, 1, 4, 2, 5);
        entries["matrix"].Shape.Should().Equal(3, 2);
        files.Load(entries["half"]).to(ScalarType.Float32).data<float>().ToArray().Should().Equal(0.5f, -2);
        (entries["half"].Type, entries["brain"].Type, entries["wide"].Type)
            .Should().Be((ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float64));
        entries["again"].Offset.Should().Be(entries["half"].Offset, "their bytes are written once");
        entries.Values.Should().OnlyContain(entry => entry.Offset % 64 == 0);
    }

    /// <summary>The entries' names and the texts are those of PyTorch's own files.</summary>
    [Fact]
    public void It_is_an_archive_whose_checksums_are_right()
    {
        using ZipArchive archive = ZipFile.OpenRead(Written());
        archive.Entries.Select(entry => entry.FullName).Should().Equal(
            "pytorch_model/data.pkl",
            "pytorch_model/byteorder",
            "pytorch_model/data/0",
            "pytorch_model/data/1",
            "pytorch_model/data/2",
            "pytorch_model/data/3",
            "pytorch_model/version");
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using var bytes = new MemoryStream();
            using (Stream content = entry.Open())
                content.CopyTo(bytes);
            entry.Crc32.Should().Be(System.IO.Hashing.Crc32.HashToUInt32(bytes.ToArray()), entry.FullName);
        }

        Text("byteorder").Should().Be("little");
        Text("version").Should().Be("3\n");

        string Text(string name)
        {
            using var reader = new StreamReader(archive.GetEntry("pytorch_model/" + name)!.Open(), Encoding.ASCII);
            return reader.ReadToEnd();
        }
    }

    [Fact]
    public void Equal_tensors_give_equal_bytes() =>
        File.ReadAllBytes(Written()).Should().Equal(File.ReadAllBytes(Written()));

    [Fact]
    public void What_is_no_weight_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        var counts = new WrittenTensor("counts", "counts", tensor([1L]), ScalarType.Int64);
        Action act = () => TorchArchiveWriter.Write(new MemoryStream(), [counts]);
        act.Should().Throw<ArgumentException>().WithMessage("A tensor of Int64 is no weight.*");
    }

    private static string Written()
    {
        using DisposeScope scope = NewDisposeScope();
        string path = Path.Combine(TestData.NewFolder(), "pytorch_model.bin");
        Tensor matrix = tensor([0f, 1, 2, 3, 4, 5], [2, 3]).t();
        Tensor half = tensor([0.5f, -2f]);
        using FileStream file = File.Create(path);
        TorchArchiveWriter.Write(
            file,
            [
                new WrittenTensor("matrix", "matrix", matrix, ScalarType.Float32),
                new WrittenTensor("half", "half", half, ScalarType.Float16),
                new WrittenTensor("again", "half", half, ScalarType.Float16),
                new WrittenTensor("wide", "wide", half, ScalarType.Float64),
                new WrittenTensor("brain", "brain", half, ScalarType.BFloat16),
            ]);
        return path;
    }
}
