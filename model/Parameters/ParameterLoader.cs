using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Native;
using VisualChat.Model.TensorFiles;
using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>
/// Makes a model's tensors: by name from folders, else at random. It finds everything that does not
/// fit before it loads anything, and lists it.
/// </summary>
/// <remarks>
/// Frozen tensors are views of mapped files in the files' types; on another device they are copies
/// in the type the model computes in. Trained tensors are copied once, and so is a table with fewer
/// rows than the vocabulary.
/// </remarks>
internal sealed class ParameterLoader : IDisposable
{
    private static readonly Scalar Two = 2;
    private static readonly Scalar MinusOne = -1;

    private readonly ParameterRequest _request;
    private readonly Device _device;
    private readonly IReadOnlyList<(ParameterSource Source, WeightFolder? Folder)> _sources;
    private readonly WeightFolder? _checkpoint;
    private readonly WeightFolder? _start;
    private readonly MappedFiles _files = new();

    private ParameterLoader(ParameterRequest request, Device device)
    {
        _request = request;
        _device = device;
        _sources = [.. request.Sources.Select(source => (source, source.Open()))];
        _checkpoint = request.Checkpoint is null ? null : WeightFolder.Open(request.Checkpoint);
        _start = request.Start is null ? null : WeightFolder.Open(request.Start);
    }

    /// <exception cref="ModelException">
    /// Tensors are missing, unexpected or of another shape: each is named.
    /// </exception>
    public static ParameterSet Load(ParameterRequest request, Device device)
    {
        using var loader = new ParameterLoader(request, device);
        Origin[] origins = [.. loader.Origins()];
        loader.Check(origins);
        using DisposeScope scope = NewDisposeScope();
        return new ParameterSet(
            [.. origins.Select(origin => (origin.Spec, loader.Make(origin).DetachFromDisposeScope()))]);
    }

    public void Dispose() => _files.Dispose();

    // Where each parameter comes from: the checkpoint, the start, its source's folder, or chance.
    private IEnumerable<Origin> Origins()
    {
        foreach ((ParameterSource source, WeightFolder? folder) in _sources)
        {
            foreach (ParameterSpec spec in source.Specs)
            {
                if (_checkpoint is not null && (_checkpoint.Tensors.ContainsKey(spec.Name) || IsTrained(spec)))
                    yield return new Origin(spec, _checkpoint, spec.Name, MayLackRows: false);
                else if (_start is not null && _start.Tensors.ContainsKey(spec.Name))
                    yield return new Origin(spec, _start, spec.Name, MayLackRows: false);
                else
                    yield return new Origin(spec, folder, spec.NameInFolder, MayLackRows: true);
            }
        }
    }

    private void Check(IReadOnlyList<Origin> origins)
    {
        List<string> problems = [.. origins.Select(Problem).OfType<string>()];

        // If a checkpoint stands in for a folder's tensor, the folder may still hold it.
        var known = origins.Select(origin => origin.Spec.NameInFolder).ToHashSet();
        var own = origins.Select(origin => origin.Spec.Name).ToHashSet();
        foreach ((ParameterSource source, WeightFolder? folder) in _sources)
            problems.AddRange(Unexpected(folder, name => known.Contains(name) || source.IsIgnored(name)));
        problems.AddRange(Unexpected(_checkpoint, own.Contains));
        problems.AddRange(Unexpected(_start, own.Contains));
        if (problems.Count > 0)
            throw new ModelException(problems);
    }

    private static string? Problem(Origin origin)
    {
        if (origin.Folder is null)
            return null;
        string place = $"'{origin.Folder.Folder}': '{origin.Name}'";
        string wanted = $"[{string.Join(", ", origin.Spec.Shape)}]";
        if (!origin.Folder.Tensors.TryGetValue(origin.Name, out TensorEntry? entry))
            return $"{place} of {wanted} is missing.";
        if (!Fits(origin, entry))
            return $"{place} is [{string.Join(", ", entry.Shape)}], not {wanted}.";
        return entry.Type is ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16
            ? null
            : $"{place} does not hold floating-point numbers but {entry.Type}.";
    }

    private static IEnumerable<string> Unexpected(WeightFolder? folder, Func<string, bool> isKnown)
    {
        if (folder is null)
            return [];
        return folder.Tensors.Keys
            .Where(name => !isKnown(name))
            .Order(StringComparer.Ordinal)
            .Select(name => $"'{folder.Folder}': '{name}' is unexpected; this model has no tensor of that name.");
    }

    // Tokens are added to the vocabulary: a folder's table may have fewer rows, a checkpoint's not.
    private static bool Fits(Origin origin, TensorEntry entry)
    {
        long[] shape = origin.Spec.Shape;
        if (entry.Shape.AsSpan().SequenceEqual(shape))
            return true;
        return origin.MayLackRows
            && origin.Spec.RowsInFolder is { } rows
            && rows < shape[0]
            && entry.Shape.AsSpan().SequenceEqual([rows, shape[1]]);
    }

    private bool IsTrained(ParameterSpec spec) => _request.Trainable.HasFlag(spec.Part);

    private Tensor Make(Origin origin)
    {
        ParameterSpec spec = origin.Spec;
        Tensor value = origin.Folder is null ? Random(spec) : Loaded(spec, origin.Folder.Tensors[origin.Name]);
        if (!IsTrained(spec))
        {
            bool isMapped = _device.type == DeviceType.CPU && origin.Folder is not null;
            return isMapped ? value : value.to(_request.ComputeType, _device);
        }

        ScalarType master = _request.ComputeType == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        return new Parameter(value.to(master, _device, copy: true).contiguous());
    }

    private Tensor Loaded(ParameterSpec spec, TensorEntry entry)
    {
        Tensor rows = _files.Load(entry);
        long missing = spec.Shape[0] - entry.Shape[0];
        if (missing == 0)
            return rows;
        Tensor added = Random(spec with { Shape = [missing, spec.Shape[1]] });
        return cat([rows, added.to(rows.dtype)], 0);
    }

    private Tensor Random(ParameterSpec spec)
    {
        // Float32 in every compute type: the same seed starts the same model.
        const ScalarType Type = ScalarType.Float32;
        using Scalar constant = spec.Start.Constant, normal = spec.Start.Normal, uniform = spec.Start.Uniform;
        Tensor values = full(spec.Shape, constant, dtype: Type);
        if (spec.Start is { Normal: 0, Uniform: 0 })
            return values;
        using var generator = new Generator(SeedOf(spec.Name));
        if (spec.Start.Normal > 0)
            return values.Plus(randn(spec.Shape, dtype: Type, generator: generator).mul(normal));
        Tensor around0 = rand(spec.Shape, dtype: Type, generator: generator).mul(Two).AddInPlace(MinusOne);
        return values.Plus(around0.mul(uniform));
    }

    private ulong SeedOf(string name)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{_request.Seed}/{name}"));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>Where a parameter's values come from.</summary>
    /// <param name="Spec">The parameter.</param>
    /// <param name="Folder">The folder; null: a random start.</param>
    /// <param name="Name">The tensor's name there.</param>
    /// <param name="MayLackRows">Whether the tensor may lack the rows of added tokens.</param>
    private sealed record Origin(ParameterSpec Spec, WeightFolder? Folder, string Name, bool MayLackRows);
}
