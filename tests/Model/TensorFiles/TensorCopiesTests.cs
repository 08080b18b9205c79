using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.TensorFiles;

/// <summary>
/// Tensors read in pieces by several threads, converted and put where they belong.
/// </summary>
public sealed class TensorCopiesTests
{
    /// <summary>Less than the tensors: sixteen numbers of 32 bits.</summary>
    private const int PieceBytes = 64;

    private readonly string _path = Path.Combine(TestData.NewFolder(), "model.safetensors");

    [Fact]
    public void Every_number_of_every_type_arrives_converted()
    {
        using DisposeScope scope = NewDisposeScope();
        (string Name, Tensor Value)[] written =
        [
            ("wide", randn([31, 7])),
            ("half", randn([100, 3]).to(ScalarType.Float16)),
            ("brain", randn([5]).to(ScalarType.BFloat16)),
            ("double", randn([2, 3, 4], dtype: ScalarType.Float64)),
        ];
        TestData.WriteAsTheyAre(_path, written);
        foreach (ScalarType type in new[] { ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float64 })
        {
            Tensor[] destinations = [.. written.Select(tensor => zeros(tensor.Value.shape, dtype: type))];

            Copy([.. written.Zip(destinations, (tensor, destination) => (tensor.Name, destination))]);

            foreach ((Tensor expected, Tensor actual) in written.Select(tensor => tensor.Value).Zip(destinations))
                actual.Equals(expected.to(type)).Should().BeTrue();
        }
    }

    [Fact]
    public void Tensors_share_one_by_rows_and_the_rows_beyond_are_left_out()
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor one, Tensor other) = (randn([20, 5]), randn([30, 5]));
        TestData.Write(_path, [("one", one), ("other", other)]);
        Tensor whole = zeros([45, 5]);

        Copy([("one", whole.narrow(0, 0, 20)), ("other", whole.narrow(0, 20, 25))]);

        whole.Equals(cat([one, other.narrow(0, 0, 25)], 0)).Should().BeTrue();
    }

    [Fact]
    public void A_tensor_that_is_stored_transposed_arrives_in_order()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor stored = randn([6, 40]);
        TestData.Write(_path, [("stored", stored)]);
        TensorEntry entry = WeightFile.Read(_path)["stored"];
        var range = new ByteRange(entry.Offset, entry.Bytes);
        TensorEntry transposed = TensorEntry.TryPlace(_path, range, ScalarType.Float32, [40, 6], [1, 40])!;
        Tensor destination = zeros([39, 6]);
        using var files = new MappedFiles();
        var copies = new TensorCopies(files, new DeviceTransfers(CPU)) { PieceBytes = PieceBytes };
        copies.Add(transposed, destination);

        copies.Run();

        destination.Equals(stored.transpose(0, 1).narrow(0, 0, 39)).Should().BeTrue();
    }

    [Fact]
    public void A_file_that_became_shorter_is_named()
    {
        using DisposeScope scope = NewDisposeScope();
        TestData.Write(_path, [("one", randn([100]))]);
        TensorEntry entry = WeightFile.Read(_path)["one"];
        using (FileStream file = File.OpenWrite(_path))
            file.SetLength(file.Length - 4);
        using var files = new MappedFiles();
        var copies = new TensorCopies(files, new DeviceTransfers(CPU)) { PieceBytes = PieceBytes };
        copies.Add(entry, zeros([100]));

        Action act = copies.Run;

        act.Should().Throw<ModelException>()
            .WithMessage($"'{_path}' cannot be read: it has become shorter while it was read.");
    }

    private void Copy(IReadOnlyList<(string Name, Tensor Destination)> wanted)
    {
        IReadOnlyDictionary<string, TensorEntry> entries = WeightFile.Read(_path);
        using var files = new MappedFiles();
        var copies = new TensorCopies(files, new DeviceTransfers(CPU)) { PieceBytes = PieceBytes };
        foreach ((string name, Tensor destination) in wanted)
            copies.Add(entries[name], destination);
        copies.Run();
    }
}
