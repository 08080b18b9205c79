using System.Text;
using System.Text.Json;
using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Quantisation;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.HuggingFace;

/// <summary>
/// The quantised weights among a folder's tensors, as transformers saves what bitsandbytes made.
/// </summary>
/// <remarks>
/// <para>
/// NF4: <c>X.weight</c> has two codes in a byte. Beside it are <c>X.weight.absmax</c>,
/// <c>.quant_map</c> (the sixteen values) and <c>.quant_state.bitsandbytes__nf4</c> (JSON), and
/// where scales are in 8 bits <c>.nested_absmax</c> and <c>.nested_quant_map</c>.
/// </para>
/// <para>
/// Int8: <c>X.weight</c> has whole numbers, <c>X.SCB</c> the largest magnitude of each row, and
/// <c>X.weight_format</c>, if it is there, says that they lie row by row (0).
/// </para>
/// </remarks>
internal sealed class QuantisedTensors
{
    private const string State = ".quant_state.bitsandbytes__";
    private const string RowScales = ".SCB";
    private const string Weight = ".weight";
    private const string LayoutOfRows = ".weight_format";
    private const int MaxStateBytes = 10_000;

    private readonly TowerTensors _folder;
    private readonly Dictionary<string, QuantisedEntry> _weights = [];
    private readonly HashSet<string> _beside = [];
    private readonly List<string> _problems = [];
    private readonly MappedFiles _files;

    private QuantisedTensors(TowerTensors folder, MappedFiles files) => (_folder, _files) = (folder, files);

    /// <summary>The weights by name.</summary>
    public IReadOnlyDictionary<string, QuantisedEntry> Weights => _weights;

    /// <summary>
    /// Whether a tensor is there for a quantised weight: its scales, for example.
    /// </summary>
    public bool IsBeside(string name) => _beside.Contains(name);

    /// <summary>Finds them. Small tensors are read.</summary>
    /// <exception cref="ModelException">
    /// A weight is quantised in a way that is not known here, or something of it is missing; each
    /// is named.
    /// </exception>
    public static QuantisedTensors Find(TowerTensors folder)
    {
        using var files = new MappedFiles();
        var found = new QuantisedTensors(folder, files);
        foreach (string name in folder.Tensors.Keys.Order(StringComparer.Ordinal))
        {
            int state = name.IndexOf(State, StringComparison.Ordinal);
            if (state > 0)
                found.AddNf4(name[..state], name);
            else if (name.EndsWith(RowScales, StringComparison.Ordinal))
                found.AddInt8(name[..^RowScales.Length], name);
        }

        return found._problems.Count == 0 ? found : throw new ModelException(found._problems);
    }

    private void AddNf4(string weight, string stateName)
    {
        using DisposeScope scope = NewDisposeScope();
        string kind = stateName[(weight.Length + State.Length)..];
        if (kind != FrozenFormat.Nf4.Name())
        {
            Add(weight, $"is quantised as {kind}, which is not read here; of 4 bits, nf4 is");
            return;
        }

        TensorEntry? codes = Of(weight, "", ScalarType.Byte), absmax = Beside(weight + ".absmax");
        TensorEntry? map = Of(weight, ".quant_map", ScalarType.Float32), state = Beside(stateName);
        if (codes is null || map is null || state is null)
            return;
        if (absmax is null)
        {
            Add(weight, "has no scales: '.absmax' is missing");
            return;
        }

        if (StateOf(state) is not { } said)
        {
            Add(weight, "has a state ('.quant_state.bitsandbytes__nf4') that cannot be read");
            return;
        }

        long count = said.Shape.Length == 2 && said.Shape.All(size => size is > 0 and <= int.MaxValue)
            ? said.Shape[0] * said.Shape[1]
            : 0;
        long blocks = (count + Nf4Code.BlockSize - 1) / Nf4Code.BlockSize;
        if (said.BlockSize != Nf4Code.BlockSize)
            Add(weight, $"has blocks of {said.BlockSize}; blocks of {Nf4Code.BlockSize} are known here");
        else if (!Numbers(map).AsSpan().SequenceEqual(Nf4Code.Values))
            Add(weight, "has a table of other values than NF4's");
        else if (count == 0 || Count(codes) != (count + 1) / 2 || Count(absmax) != blocks)
            Add(weight, "has codes and scales that do not fill its shape");
        else if (absmax.Type == ScalarType.Float32)
            _weights.Add(weight, new QuantisedEntry(FrozenFormat.Nf4, said.Shape, codes, absmax, null));
        else
            AddNested(weight, said, codes, absmax, blocks);
    }

    private void AddNested(string weight, Nf4State state, TensorEntry codes, TensorEntry absmax, long blocks)
    {
        TensorEntry? nested = Of(weight, ".nested_absmax", ScalarType.Float32);
        TensorEntry? map = Of(weight, ".nested_quant_map", ScalarType.Float32);
        if (nested is null || map is null)
            return;
        long needed = (blocks + Nf4Code.NestedBlockSize - 1) / Nf4Code.NestedBlockSize;
        if (absmax.Type != ScalarType.Byte || state.NestedOffset is not { } offset)
            Add(weight, "has scales that are neither float32 nor in 8 bits");
        else if (state.NestedBlockSize != Nf4Code.NestedBlockSize)
            Add(weight, $"has scales in blocks of {state.NestedBlockSize}; of {Nf4Code.NestedBlockSize} is known here");
        else if (Count(nested) != needed || Count(map) != 256)
            Add(weight, "has scales of scales that do not fill its shape");
        else
            _weights.Add(weight, new QuantisedEntry(
                FrozenFormat.Nf4,
                state.Shape,
                codes,
                absmax,
                new QuantisedEntry.NestedEntry(nested, offset, Numbers(map))));
    }

    private void AddInt8(string map, string scalesName)
    {
        string weight = map + Weight;
        TensorEntry? codes = Of(weight, "", ScalarType.Int8), scales = Beside(scalesName);
        if (codes is null)
            return;
        if (Beside(map + LayoutOfRows) is { } layout && (layout.Bytes != 1 || Bytes(layout)[0] != 0))
            Add(weight, "has its 8 bits in another order than row by row, which is not read here");
        else if (codes.Shape.Length != 2 || scales!.Type != ScalarType.Float32 || Count(scales) != codes.Shape[0])
            Add(weight, $"and '{_folder.NameInFiles(scalesName)}' are no matrix and a float32 scale for each row");
        else
            _weights.Add(weight, new QuantisedEntry(FrozenFormat.Int8, codes.Shape, codes, scales, null));
    }

    private TensorEntry? Beside(string name)
    {
        _ = _beside.Add(name);
        return _folder.Tensors.GetValueOrDefault(name);
    }

    // A tensor of the weight, which must be there and of a type.
    private TensorEntry? Of(string weight, string ending, ScalarType type)
    {
        TensorEntry? entry = ending.Length == 0
            ? _folder.Tensors.GetValueOrDefault(weight)
            : Beside(weight + ending);
        if (entry?.Type == type)
            return entry;
        string what = ending.Length == 0 ? "" : $": '{ending}'";
        Add(weight, entry is null ? $"is quantised and incomplete{what} is missing"
            : $"is quantised and{what} holds {entry.Type}, not {type}");
        return null;
    }

    private void Add(string weight, string problem) =>
        _problems.Add($"'{_folder.Folder}': '{_folder.NameInFiles(weight)}' {problem}.");

    private static long Count(TensorEntry entry) => entry.Shape.Aggregate(1L, (product, size) => product * size);

    private float[] Numbers(TensorEntry entry)
    {
        using Tensor values = _files.Load(entry).contiguous();
        return values.data<float>().ToArray();
    }

    private byte[] Bytes(TensorEntry entry)
    {
        using Tensor values = _files.Load(entry).contiguous();
        return values.bytes.ToArray();
    }

    private Nf4State? StateOf(TensorEntry entry)
    {
        if (entry.Type != ScalarType.Byte || entry.Bytes > MaxStateBytes)
            return null;
        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString(Bytes(entry)));
            JsonElement root = document.RootElement;
            long[] shape = [.. root.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
            bool isNested = root.TryGetProperty("nested_offset", out JsonElement offset);
            return new Nf4State(
                shape,
                root.GetProperty("blocksize").GetInt64(),
                isNested ? root.GetProperty("nested_blocksize").GetInt64() : 0,
                isNested ? offset.GetSingle() : null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException
            or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <summary>What the JSON beside a weight says.</summary>
    private sealed record Nf4State(long[] Shape, long BlockSize, long NestedBlockSize, float? NestedOffset);
}
