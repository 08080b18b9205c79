using System.Text;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Pickles;

/// <summary>
/// Writes a PyTorch checkpoint as <c>torch.save</c> does since 1.6, in the layout that
/// <see cref="TorchArchive"/> reads: a pickle of the tensors by name, and each tensor's bytes.
/// Those have a number for a name, as PyTorch's have: some readers take nothing else.
/// </summary>
internal static class TorchArchiveWriter
{
    private const string Folder = "pytorch_model/";

    /// <summary>The version of the layout, which PyTorch's reader looks for.</summary>
    private const string LayoutVersion = "3\n";

    /// <summary>Writes the tensors in the order given. Equal tensors give equal bytes.</summary>
    /// <param name="output">Receives the file; it must be seekable.</param>
    /// <param name="tensors">
    /// The tensors. Those of one <see cref="WrittenTensor.Key"/> share its bytes, which are written
    /// once.
    /// </param>
    public static void Write(Stream output, IReadOnlyList<WrittenTensor> tensors)
    {
        var archive = new StoredZipWriter(output);
        WrittenTensor[] stored = [.. tensors.DistinctBy(tensor => tensor.Key)];
        Dictionary<string, string> numbers = stored.Index()
            .ToDictionary(item => item.Item.Key, item => item.Index.ToString());
        byte[] pickle = TensorPickler.Write(tensors.Select(tensor => (tensor.Name, Described(tensor))));
        Add("data.pkl", pickle);
        Add("byteorder", "little"u8.ToArray());
        foreach (WrittenTensor tensor in stored)
            archive.Add($"{Folder}data/{numbers[tensor.Key]}", tensor.Bytes, tensor.Write);
        Add("version", Encoding.ASCII.GetBytes(LayoutVersion));
        archive.Finish();

        void Add(string name, byte[] bytes) => archive.Add(Folder + name, bytes.Length, part => part.Write(bytes));

        PickledTensor Described(WrittenTensor tensor) => new(
            new PickledStorage(
                tensor.Type, numbers[tensor.Key], tensor.Bytes / TensorEntry.ElementBytes(tensor.Type)),
            Offset: 0,
            tensor.Shape,
            TensorEntry.RowMajor(tensor.Shape)!);
    }
}
