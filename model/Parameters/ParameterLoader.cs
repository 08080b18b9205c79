using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Errors;
using VisualChat.Model.Language;
using VisualChat.Model.Native;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Vision;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>
/// Makes a model's tensors: by name from folders, else at random. Everything that does not fit is found before anything is loaded, and listed.
/// </summary>
/// <remarks>
/// Frozen tensors are views of mapped files in the files' types (on another device: copies of them there, in the type computed in); what
/// learns is copied once. A table with fewer rows than the vocabulary is copied too.
/// </remarks>
internal sealed class ParameterLoader : IDisposable
{
    private static readonly Scalar Two = 2, MinusOne = -1;

    private readonly ModelDescription _description;
    private readonly Device _device;
    private readonly WeightFolder? _vision;
    private readonly WeightFolder? _language;
    private readonly WeightFolder? _checkpoint;
    private readonly WeightFolder? _start;
    private readonly MappedFiles _files = new();

    private ParameterLoader(ModelDescription description, Device device)
    {
        _description = description;
        _device = device;
        _vision = description.VisionFolder is null ? null : WeightFolder.Open(description.VisionFolder).Part(ClipParameters.Prefix);
        _language = description.LanguageFolder is null ? null : WeightFolder.Open(description.LanguageFolder)
            .Part(LlamaParameters.Prefix, (LlamaParameters.Embedding, LlamaParameters.NameInFolder(LlamaParameters.Embedding, tiedHead: false)));
        _checkpoint = description.Checkpoint is null ? null : WeightFolder.Open(description.Checkpoint);
        _start = description.Start is null ? null : WeightFolder.Open(description.Start);
    }

    /// <summary>Makes the tensors.</summary>
    /// <exception cref="ModelException">Tensors are missing, unexpected or of another shape: each is named.</exception>
    public static ParameterSet Load(ModelDescription description, Device device)
    {
        using var loader = new ParameterLoader(description, device);
        IReadOnlyList<ParameterSpec> specs = description.Specs();
        loader.Check(specs);
        using DisposeScope scope = NewDisposeScope();
        return new ParameterSet([.. specs.Select(spec => (spec.Name, loader.Make(spec).DetachFromDisposeScope()))]);
    }

    public void Dispose() => _files.Dispose();

    private void Check(IReadOnlyList<ParameterSpec> specs)
    {
        List<string> problems = [];
        var used = new HashSet<TensorEntry>(ReferenceEqualityComparer.Instance);
        foreach (ParameterSpec spec in specs)
        {
            (WeightFolder? folder, string name) = Source(spec);
            if (folder is null)
                continue;
            if (!folder.Tensors.TryGetValue(name, out TensorEntry? entry))
            {
                problems.Add($"'{folder.Path}': '{name}' of [{string.Join(", ", spec.Shape)}] is missing.");
                continue;
            }

            _ = used.Add(entry);
            if (!Fits(spec, entry, folder))
                problems.Add($"'{folder.Path}': '{name}' is [{string.Join(", ", entry.Shape)}], not [{string.Join(", ", spec.Shape)}].");
            else if (entry.Type is not (ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16))
                problems.Add($"'{folder.Path}': '{name}' holds no floating-point numbers but {entry.Type}.");
        }

        // A folder's tensors that a checkpoint stands in for are known too.
        var known = specs.Select(NameInFolder).ToHashSet();
        problems.AddRange(Unexpected(_vision, name => known.Contains(name) || ClipParameters.IsUnused(name)));
        problems.AddRange(Unexpected(_language, name => known.Contains(name) || LlamaParameters.IsDerived(name)));
        problems.AddRange(Unexpected(_checkpoint, specs.Select(spec => spec.Name).ToHashSet().Contains));
        problems.AddRange(Unexpected(_start, specs.Select(spec => spec.Name).ToHashSet().Contains));
        if (problems.Count > 0)
            throw new ModelException(problems);

        static IEnumerable<string> Unexpected(WeightFolder? folder, Func<string, bool> isKnown) => folder is null ? []
            : folder.Tensors.Keys.Where(name => !isKnown(name)).Order(StringComparer.Ordinal).Select(name => $"'{folder.Path}': '{name}' is unexpected; this model has none of that name.");
    }

    // The vocabulary grows by the tokens added to it: a folder's table may have fewer rows, a checkpoint's not.
    private bool Fits(ParameterSpec spec, TensorEntry entry, WeightFolder folder) =>
        entry.Shape.AsSpan().SequenceEqual(spec.Shape)
        || (folder == _language && IsTable(spec) && entry.Shape.Length == 2 && entry.Shape[0] == _description.Language.VocabularySize
            && entry.Shape[0] < spec.Shape[0] && entry.Shape[1] == spec.Shape[1]);

    private static bool IsTable(ParameterSpec spec) => spec.Name is LlamaParameters.Embedding or LlamaParameters.Prefix + "lm_head.weight";

    private (WeightFolder? Folder, string Name) Source(ParameterSpec spec)
    {
        bool learned = _description.Trainable.HasFlag(spec.Part);
        if (_checkpoint is not null && (_checkpoint.Tensors.ContainsKey(spec.Name) || learned))
            return (_checkpoint, spec.Name);
        if (_start is not null && _start.Tensors.ContainsKey(spec.Name))
            return (_start, spec.Name);
        WeightFolder? folder = spec.Part switch
        {
            ModelPart.Vision => _vision,
            ModelPart.Language or ModelPart.Embeddings => _language,
            _ => null,
        };
        return (folder, NameInFolder(spec));
    }

    private string NameInFolder(ParameterSpec spec) => spec.Part switch
    {
        ModelPart.Vision => ClipParameters.NameInFolder(spec.Name),
        ModelPart.Language or ModelPart.Embeddings => LlamaParameters.NameInFolder(spec.Name, _description.Language.TiedHead),
        _ => spec.Name,
    };

    private Tensor Make(ParameterSpec spec)
    {
        bool learned = _description.Trainable.HasFlag(spec.Part);
        (WeightFolder? folder, string name) = Source(spec);
        Tensor value = folder is null ? Random(spec) : Loaded(spec, folder.Tensors[name]);
        if (!learned)
            return _device.type == DeviceType.CPU && folder is not null ? value : value.to(_description.ComputeType, _device);
        ScalarType master = _description.ComputeType == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        return new Parameter(value.to(master, _device, copy: true).contiguous());
    }

    private Tensor Loaded(ParameterSpec spec, TensorEntry entry)
    {
        Tensor rows = _files.Load(entry);
        long missing = spec.Shape[0] - entry.Shape[0];
        return missing == 0 ? rows : cat([rows, Random(spec with { Shape = [missing, spec.Shape[1]] }).to(rows.dtype)], 0);
    }

    private Tensor Random(ParameterSpec spec)
    {
        // Float32 whatever is computed in: the same seed starts the same model.
        using Scalar constant = spec.Start.Constant, normal = spec.Start.Normal, uniform = spec.Start.Uniform;
        Tensor values = full(spec.Shape, constant, dtype: ScalarType.Float32);
        if (spec.Start is { Normal: 0, Uniform: 0 })
            return values;
        using var generator = new Generator(SeedOf(spec.Name));
        if (spec.Start.Normal > 0)
            return values.Plus(randn(spec.Shape, dtype: ScalarType.Float32, generator: generator).mul(normal));
        return values.Plus(rand(spec.Shape, dtype: ScalarType.Float32, generator: generator).mul(Two).AddInPlace(MinusOne).mul(uniform));
    }

    private ulong SeedOf(string name) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{_description.Seed}/{name}")));
}
