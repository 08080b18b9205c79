using System.Text;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Quantisation;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Transfers;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Quantisation;

/// <summary>
/// A matrix of <c>Data/nf4</c>: <c>original</c>, what bitsandbytes 0.50.2 stores of it, and
/// <c>dequantized</c>, what it makes of that.
/// </summary>
internal sealed class GoldenNf4 : IDisposable
{
    private static readonly TowerNames Names = new()
    {
        Kind = "matrix",
        Root = "",
        Marks = ["W.weight"],
        Children = ["W."],
        OtherParts = [],
    };

    private readonly MappedFiles _files = new();
    private readonly string _path;
    private readonly IReadOnlyDictionary<string, TensorEntry> _tensors;

    public GoldenNf4(string name)
    {
        _path = TestData.At("nf4", name + ".safetensors");
        _tensors = WeightFile.Read(_path);
    }

    public Tensor this[string name] => _files.Load(_tensors[name]);

    /// <summary>What the file says of its scales.</summary>
    public string State => Encoding.UTF8.GetString(this["W.weight.quant_state.bitsandbytes__nf4"].bytes);

    /// <summary>The weight as a folder's would be loaded.</summary>
    /// <param name="byOperators">Whether it is made as on a GPU.</param>
    public LentWeight Weight(bool byOperators)
    {
        var transfers = new DeviceTransfers(CPU);
        var copies = new TensorCopies(_files, transfers);
        using var weights = new QuantisedWeights(_files, copies, transfers, byOperators, new BackwardFailures());
        QuantisedTensors found = QuantisedTensors.Find(TowerTensors.Find(WeightFolder.Open(_path), Names));
        LentWeight weight = weights.Of(found.Weights["W.weight"]);
        copies.Run();
        return weight;
    }

    public void Dispose() => _files.Dispose();
}
