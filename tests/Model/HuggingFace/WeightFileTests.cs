using System.Text;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Tests.HuggingFace;

/// <summary>What people have in place of weights.</summary>
public sealed class WeightFileTests
{
    private readonly string _folder = TestData.NewFolder();

    [Theory]
    [InlineData("", "it is empty; download it again")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", "it is a Git LFS pointer, *")]
    [InlineData("<!DOCTYPE html><html>sign in</html>", "it is a web page, *")]
    [InlineData("\uFEFF\n<html>", "it is a web page, *")]
    [InlineData("""{"error":"Access to model x is restricted"}""", "it is JSON text; *")]
    [InlineData("Invalid username or password.", "it is text; *")]
    [InlineData("\u001f\u008b\u0008\u0000rest", "it is a gzip archive; *")]
    [InlineData("GGUF\u0003\u0000\u0000\u0000", "it is a file of llama.cpp (GGUF); *")]
    [InlineData("\u0089HDF\r\n", "it is an HDF5 file, *")]
    [InlineData("\u0080\u0004\u0095\u0000", "it is a Python pickle that torch.save did not write; *")]
    [InlineData("\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000", "it is nothing but zeros so far, *")]
    [InlineData("\u0001\u0002\u0003", "it is neither safetensors nor a file of torch.save, *")]
    public void A_file_is_named_for_what_it_is(string content, string what)
    {
        string path = Path.Combine(_folder, "pytorch_model.bin");
        Encoding encoding = content.StartsWith('\uFEFF') ? Encoding.UTF8 : Encoding.Latin1;
        File.WriteAllBytes(path, encoding.GetBytes(content));
        Action act = () => WeightFile.Read(path);
        act.Should().Throw<ModelException>().WithMessage($"'{path}' is not a file of tensors: {what}.");
    }

    [Fact]
    public void A_tar_archive_is_named()
    {
        string path = Path.Combine(_folder, "model.nemo");
        byte[] tar = new byte[1024];
        "model_config.yaml"u8.CopyTo(tar);
        "ustar"u8.CopyTo(tar.AsSpan(257));
        File.WriteAllBytes(path, tar);
        Action act = () => WeightFile.Read(path);
        act.Should().Throw<ModelException>().WithMessage("*it is a tar archive; unpack it, *");
    }

    [Fact]
    public void What_the_bytes_say_counts_not_the_name()
    {
        string pickle = Path.Combine(_folder, "model.safetensors");
        File.Copy(TestData.At("pickles", "tensors.bin"), pickle);
        WeightFile.Read(pickle).Should().ContainKey("matrix");
        string safetensors = Path.Combine(_folder, "pytorch_model.bin");
        TestData.Write(safetensors, ("one", [2], [1, 2]));
        WeightFile.Read(safetensors).Should().ContainKey("one");
    }

    [Fact]
    public void A_folder_of_links_is_read_as_the_files_they_lead_to()
    {
        string blobs = TestData.NewFolder();
        float[] counted = [.. Enumerable.Range(0, 1000).Select(index => (float)index)];
        TestData.Write(Path.Combine(blobs, "0a1b"), ("one", [1000], counted));
        File.CreateSymbolicLink(Path.Combine(_folder, "model.safetensors"), Path.Combine(blobs, "0a1b"));
        TensorEntry entry = WeightFolder.Open(_folder).Tensors["one"];
        using var files = new MappedFiles();
        using TorchSharp.torch.Tensor values = files.Load(entry);
        values.data<float>()[999].Should().Be(999);
    }

    [Fact]
    public void A_link_to_nothing_is_named()
    {
        File.CreateSymbolicLink(Path.Combine(_folder, "model.safetensors"), "/nowhere/blob");
        Action act = () => WeightFolder.Open(_folder);
        act.Should().Throw<ModelException>()
            .WithMessage("*model.safetensors' cannot be read: it is a link to nothing*");
    }

    [Fact]
    public void A_folder_in_place_of_a_file_is_named()
    {
        _ = Directory.CreateDirectory(Path.Combine(_folder, "model.safetensors"));
        Action act = () => WeightFolder.Open(_folder);
        act.Should().Throw<ModelException>().WithMessage("*it is a folder, not a file*");
    }

    [Fact]
    public void A_file_that_became_shorter_since_its_header_was_read_is_named()
    {
        string path = Path.Combine(_folder, "model.safetensors");
        TestData.Write(path, ("one", [4], [1, 2, 3, 4]));
        TensorEntry entry = WeightFile.Read(path)["one"];
        using (FileStream file = File.OpenWrite(path))
            file.SetLength(file.Length - 4);
        using var files = new MappedFiles();
        Action act = () => files.Load(entry);
        act.Should().Throw<ModelException>().WithMessage($"'{path}' cannot be mapped: *shorter*");
    }

    [Fact]
    public void Files_of_other_forms_and_unfinished_downloads_are_told()
    {
        File.WriteAllText(Path.Combine(_folder, "consolidated.00.pth"), "");
        File.WriteAllText(Path.Combine(_folder, "model.safetensors.incomplete"), "");
        Action act = () => WeightFolder.Open(_folder);
        act.Should().Throw<ModelException>()
            .WithMessage("*is needed. There are: consolidated.00.pth, model.safetensors.incomplete.");
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../model.safetensors"}}""", "names a file outside its folder.")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "names a file outside its folder.")]
    [InlineData("""{"weight_map":{"a":".."}}""", "names a file outside its folder.")]
    [InlineData("""{"weight_map":{"a":""}}""", "is not an index of shards: 'a' has no file.")]
    [InlineData("""{"weight_map":{"a":7}}""", "is not an index of shards: 'a' has no file.")]
    [InlineData("""{"weight_map":{"a":"x","a":"x"}}""", "is not an index of shards: 'a' is in it twice.")]
    [InlineData("""{"weight_map":[]}""", "is not an index of shards: it has no 'weight_map'.")]
    [InlineData("""[]""", "is not a JSON object. Download it again.")]
    [InlineData("<html>", "*it is a web page, *")]
    public void An_index_that_names_no_shards_is_refused(string json, string why)
    {
        File.WriteAllText(Path.Combine(_folder, "model.safetensors.index.json"), json);
        Action act = () => WeightFolder.Open(_folder);
        act.Should().Throw<ModelException>().WithMessage($"*model.safetensors.index.json' {why}");
    }

    [Fact]
    public void A_byte_order_mark_before_an_index_is_passed_over()
    {
        TestData.Write(Path.Combine(_folder, "part"), ("a", [1], [5]));
        File.WriteAllText(
            Path.Combine(_folder, "model.safetensors.index.json"),
            """{"weight_map":{"a":"part"}}""",
            new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        WeightFolder.Open(_folder).Tensors.Should().ContainKey("a");
    }
}
