using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;
using TorchSharp.Modules;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Native;
using VisualChat.Model.Quantisation;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Transfers;
using VisualChat.Model.Weights;
using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>
/// Makes a model's tensors: by name from folders, else at random. It finds everything that does not
/// fit before it loads anything, and lists it.
/// </summary>
/// <remarks>
/// Frozen tensors are views of mapped files in the files' types; on another device they are copies
/// in the type the model computes in, and those of one input share a tensor. Trained tensors are
/// copied once, and so is a table with fewer rows than the vocabulary. A random start takes the
/// model's own memory and, at one time, one tensor in float32; so does a weight that is quantised,
/// whose files are read and not mapped.
/// </remarks>
internal sealed class ParameterLoader : IDisposable
{
    private static readonly Scalar Two = 2;
    private static readonly Scalar MinusOne = -1;

    // What does not fit is listed up to here: a folder of another model lacks everything. Of a
    // released checkpoint everything is named: nothing else says what it is.
    private const int MostProblems = 20;

    private readonly ParameterRequest _request;
    private readonly Device _device;
    private readonly ParameterOrigins _origins;
    private readonly MappedFiles _files = new();
    private readonly DeviceTransfers _transfers;
    private readonly TensorCopies _copies;
    private readonly LentWeights _lent = new();
    private readonly QuantisedWeights _quantised;

    private ParameterLoader(ParameterRequest request, Device device)
    {
        _request = request;
        _device = device;
        _transfers = new DeviceTransfers(device);
        _copies = new TensorCopies(_files, _transfers);
        _origins = ParameterOrigins.Open(request, isOnHost: device.type == DeviceType.CPU);
        _quantised = new QuantisedWeights(_files, _copies, _transfers, _origins.CopiesFrozen, _lent.Failures);
    }

    /// <exception cref="ModelException">
    /// Tensors are missing, unexpected or of another shape: each is named, up to 20. Or the machine
    /// has too little memory.
    /// </exception>
    public static ParameterSet Load(ParameterRequest request, Device device)
    {
        using var loader = new ParameterLoader(request, device);
        ParameterOrigin[] origins = [.. loader._origins.All()];
        loader.RefuseMismatches();
        loader.Check(origins);
        origins = [.. origins.Where(origin => !request.NotLoaded.HasFlag(origin.Spec.Part))];
        loader.RequireMemory(origins);
        using DisposeScope scope = NewDisposeScope();
        ParameterOrigin[] own = [.. origins.Where(origin => loader._origins.FormatOf(origin) is null)];
        ParameterOrigin[] lent = [.. origins.Where(origin => loader._origins.FormatOf(origin) is not null)];
        HashSet<string> lentGroups = [.. lent.Select(origin => origin.Spec.JoinedName).OfType<string>()];
        var joined = JoinedTensors.Empty(
            own.Select(origin => origin.Spec)
                .Where(spec => loader.IsJoined(spec) && !lentGroups.Contains(spec.JoinedName!)),
            request.ComputeType,
            device);
        Tensor[] values = [.. own.Select(origin => loader.Make(origin, joined))];
        (ParameterSpec, LentWeight)[] weights = [.. lent.Select(origin => (origin.Spec, loader.Lent(origin)))];
        loader._copies.Run();
        loader.Join(weights, own.Select(origin => origin.Spec.JoinedName));
        return new ParameterSet(
            [.. own.Zip(values, (origin, value) => (origin.Spec, loader.Kept(origin.Spec, value)))],
            [.. loader.PassedOver()],
            joined.Whole.ToDictionary(tensor => tensor.Key, tensor => tensor.Value.DetachFromDisposeScope()),
            loader._lent);
    }

    public void Dispose()
    {
        _quantised.Dispose();
        _files.Dispose();
    }

    private IEnumerable<WeightFolder> Checkpoints() =>
        new[] { _origins.Checkpoint, _origins.Start }.OfType<WeightFolder>();

    private void RefuseMismatches()
    {
        string[] problems =
        [
            .. from folder in Checkpoints()
               from source in _request.Sources
               let problem = source.Mismatch(folder.Tensors.Keys)
               where problem is not null
               select $"'{folder.Folder}' {problem}.",
        ];
        if (problems.Length > 0)
            throw new ModelException(problems);
    }

    private void Check(IReadOnlyList<ParameterOrigin> origins)
    {
        List<string> problems =
            [.. _origins.Sources.Select(source => MissingLayers(source.Source, source.Folder)).OfType<string>()];

        // One sentence says it for all tensors of the layers that are missing.
        if (problems.Count == 0)
            problems.AddRange(origins.Select(Problem).OfType<string>());

        // If a checkpoint stands in for a folder's tensor, the folder may still hold it.
        var known = origins.Select(origin => origin.Spec.NameInFolder).ToHashSet();
        var own = origins.Select(origin => origin.Spec.Name).ToHashSet();
        foreach ((ParameterSource source, TowerTensors? folder, QuantisedTensors? quantised) in _origins.Sources)
        {
            if (folder is null)
                continue;
            problems.AddRange(Unexpected(
                folder.Folder,
                folder.Tensors.Keys
                    .Where(name => !known.Contains(name) && !source.IsIgnored(name) && name != source.Twice?.Second
                        && !quantised!.IsBeside(name))
                    .Select(folder.NameInFiles)));
            if (problems.Count == 0 && source.Twice is { } twice && TwiceProblem(folder, twice) is { } problem)
                problems.Add(problem);
        }

        foreach (WeightFolder folder in Checkpoints())
        {
            problems.AddRange(Unexpected(
                folder.Folder,
                folder.Tensors.Keys.Where(name => !own.Contains(name) && !IsUnused(folder, name))));
        }

        if (problems.Count > MostProblems && !Checkpoints().Any(_origins.IsReleased))
        {
            int more = problems.Count - MostProblems;
            problems = [.. problems[..MostProblems], $"... and {more} more tensors that do not fit."];
        }

        if (problems.Count > 0)
            throw new ModelException(problems);
    }

    private bool IsUnused(WeightFolder folder, string name) =>
        _origins.IsReleased(folder) && ReleasedTensors.IsUnused(name);

    private IEnumerable<string> PassedOver() => _origins.Sources
        .Select(source => PassedOver(source.Folder))
        .Concat(Checkpoints().Where(_origins.IsReleased).Select(ReleasedTensors.PassedOver))
        .OfType<string>();

    private static string? PassedOver(TowerTensors? folder) => folder is not { OtherTensors: > 0 }
        ? null
        : $"'{folder.Folder}': {folder.OtherTensors:N0} tensors of other parts of a whole model are passed over.";

    private static string? MissingLayers(ParameterSource source, TowerTensors? folder)
    {
        if (folder is null)
            return null;
        int found = 0;
        foreach (string name in folder.Tensors.Keys)
        {
            if (!name.StartsWith(source.Layers.Prefix, StringComparison.Ordinal))
                continue;
            ReadOnlySpan<char> rest = name.AsSpan(source.Layers.Prefix.Length);
            int digits = rest.IndexOf('.');
            if (digits > 0 && int.TryParse(rest[..digits], NumberStyles.None, null, out int layer))
                found = Math.Max(found, layer == int.MaxValue ? layer : layer + 1);
        }

        return found >= source.Layers.Count
            ? null
            : $"'{folder.Folder}': its config.json says 'num_hidden_layers' is {source.Layers.Count}, and its weights "
                + $"have {found} layers.";
    }

    private string? Problem(ParameterOrigin origin)
    {
        if (origin.Folder is null)
            return null;
        string place = $"'{origin.Folder}': '{origin.Name}'";
        string wanted = $"[{string.Join(", ", origin.Spec.Shape)}]";
        if (origin.Entry is not { } entry)
            return $"{place} of {wanted} is missing.{MissingHint(origin)}";
        if (origin.Quantised is { } quantised)
            return QuantisedProblem(origin.Spec, quantised) is { } problem ? $"{place} {problem}." : null;
        if (!Fits(origin, entry, out string? rows))
            return rows is null ? $"{place} is [{string.Join(", ", entry.Shape)}], not {wanted}." : $"{place} {rows}.";
        return entry.Type is ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16
            ? null
            : $"{place} does not hold floating-point numbers but {entry.Type}.";
    }

    private string? QuantisedProblem(ParameterSpec spec, QuantisedEntry quantised)
    {
        string format = quantised.Format.Name();
        if (!spec.IsLayersMap)
            return $"is quantised ({format}), which is read of the linear maps of layers only";
        if (_origins.IsTrained(spec))
            return $"is quantised ({format}), and what is quantised cannot be trained; freeze its part, "
                + "or take a folder that is not quantised";
        if (_request.Frozen is { } asked && asked != quantised.Format)
            return $"is quantised as {format}, and {asked.Name()} is asked for; ask for {format} or for nothing";
        return quantised.Shape.AsSpan().SequenceEqual(spec.Shape)
            ? null
            : $"is [{string.Join(", ", quantised.Shape)}], not [{string.Join(", ", spec.Shape)}]";
    }

    private static string MissingHint(ParameterOrigin origin) =>
        origin.Spec.Role != ParameterRole.Head || origin.Rows is null
            ? ""
            : " If the embedding table serves as the head, set 'tie_word_embeddings' to true in config.json; if the "
                + "folder is of a LlamaModel alone, take the LlamaForCausalLM.";

    private static IEnumerable<string> Unexpected(string folder, IEnumerable<string> names) => names
        .Order(StringComparer.Ordinal)
        .Select(name => $"'{folder}': '{name}' is unexpected; this model has no tensor of that name.");

    // Tokens are added to the vocabulary: a folder's table may have other rows, a checkpoint's not.
    private static bool Fits(ParameterOrigin origin, TensorEntry entry, out string? rowProblem)
    {
        long[] shape = origin.Spec.Shape;
        rowProblem = null;
        if (origin.Rows is null || entry.Shape.Length != 2 || entry.Shape[1] != shape[1])
            return entry.Shape.AsSpan().SequenceEqual(shape);
        rowProblem = origin.Rows.ProblemOf(entry.Shape[0]);
        return rowProblem is null;
    }

    // A tied head that is stored too is passed over if it is the table. If it is not, tools differ:
    // transformers 4 takes the table, 5 what is stored.
    private string? TwiceProblem(TowerTensors folder, (string Name, string Second) twice)
    {
        if (!folder.Tensors.TryGetValue(twice.Name, out TensorEntry? one)
            || !folder.Tensors.TryGetValue(twice.Second, out TensorEntry? other))
        {
            return null;
        }

        bool isSame = one.Path == other.Path && one.Offset == other.Offset && one.Type == other.Type
            && one.Shape.AsSpan().SequenceEqual(other.Shape) && one.Strides.AsSpan().SequenceEqual(other.Strides);
        using DisposeScope scope = NewDisposeScope();
        bool isEqual = isSame
            || (one.Type == other.Type
                && one.Shape.AsSpan().SequenceEqual(other.Shape)
                && _files.Load(one).Equals(_files.Load(other)));
        if (isEqual)
            return null;
        return $"'{folder.Folder}': its config.json says 'tie_word_embeddings' is true, and "
            + $"'{folder.NameInFiles(twice.Second)}' differs from '{folder.NameInFiles(twice.Name)}'. Set "
            + "'tie_word_embeddings' to false to use both, or remove the first.";
    }

    // Before anything is made, so that sizes which are a mistake end with a sentence.
    private void RequireMemory(IReadOnlyList<ParameterOrigin> origins)
    {
        if (_device.type != DeviceType.CPU)
            return;
        Int128 bytes = 0;
        foreach (ParameterOrigin origin in origins)
        {
            if (_origins.IsView(origin))
                continue;
            if (_origins.FormatOf(origin) is { } format)
            {
                bytes += FrozenFormats.BytesOf(format, origin.Spec.Shape[0], origin.Spec.Shape[1]);
                continue;
            }

            Int128 elements = 1;
            foreach (long size in origin.Spec.Shape)
                elements *= size;
            bytes += elements * TensorEntry.ElementBytes(_origins.TypeOf(origin));
        }

        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > memory)
        {
            throw new ModelException(
                $"A model of these sizes takes {(double)bytes / 1e9:N0} GB beside its files, and this machine has "
                + $"{memory / 1e9:N0} GB: take smaller sizes, or train fewer of its parts.");
        }
    }

    private bool IsJoined(ParameterSpec spec) =>
        spec.JoinedName is not null && !_origins.IsTrained(spec) && _origins.CopiesFrozen;

    // Values from a file are there when the copies were run.
    private Tensor Make(ParameterOrigin origin, JoinedTensors joined)
    {
        (ParameterSpec spec, TensorEntry? entry) = (origin.Spec, origin.Entry);
        long rows = spec.Shape[0];
        if (_origins.IsView(origin))
            return _files.Load(entry!).narrow(0, 0, rows);
        Tensor values = joined.ViewOf(spec) ?? empty(spec.Shape, dtype: _origins.TypeOf(origin), device: _device);
        long rowsInFile = Math.Min(entry?.Shape[0] ?? 0, rows);
        if (rowsInFile > 0)
            _copies.Add(entry!, values.narrow(0, 0, rowsInFile));
        if (rowsInFile < rows)
            FillAtRandom(values.narrow(0, rowsInFile, rows - rowsInFile), spec, entry?.Type);
        return values;
    }

    // One tensor at a time in float32: what is left of it is a quarter or less.
    private LentWeight Lent(ParameterOrigin origin)
    {
        if (origin.Quantised is { } entry)
            return _quantised.Of(entry);
        using DisposeScope scope = NewDisposeScope();
        Tensor values = empty(origin.Spec.Shape, dtype: ScalarType.Float32);
        if (origin.Entry is { } source)
        {
            var copies = new TensorCopies(_files, new DeviceTransfers(CPU));
            copies.Add(source, values);
            copies.Run();
        }
        else
        {
            _ = RandomStart(origin.Spec, values);
        }

        return _quantised.Of(values, _request.Frozen!.Value) ?? throw new ModelException(
            $"'{origin.Folder}': '{origin.Name}' holds numbers that are not finite, which cannot be quantised.");
    }

    // Those of one input become one where all of them are lent; each is a part of it then.
    private void Join(
        IReadOnlyList<(ParameterSpec Spec, LentWeight Weight)> weights, IEnumerable<string?> joinedOfOthers)
    {
        HashSet<string?> others = [.. joinedOfOthers];
        var named = weights.ToDictionary(weight => weight.Spec.Name, weight => weight.Weight);
        IEnumerable<IGrouping<string, (ParameterSpec Spec, LentWeight Weight)>> groups = weights
            .Where(weight => _origins.CopiesFrozen
                && weight.Spec.JoinedName is { } name
                && !others.Contains(name))
            .GroupBy(weight => weight.Spec.JoinedName!);
        foreach (IGrouping<string, (ParameterSpec Spec, LentWeight Weight)> group in groups)
        {
            if (QuantisedWeights.Join([.. group.Select(part => part.Weight)]) is not { } whole)
                continue;
            _lent.AddJoined(group.Key, whole);
            long row = 0;
            foreach ((ParameterSpec spec, LentWeight part) in group)
            {
                named[spec.Name] = (LentWeight)whole.Narrow(row, part.Rows);
                row += part.Rows;
                part.Dispose();
            }
        }

        foreach ((ParameterSpec spec, _) in weights)
            _lent.Add(spec.Name, named[spec.Name]);
    }

    private Tensor Kept(ParameterSpec spec, Tensor value) =>
        (_origins.IsTrained(spec) ? new Parameter(value) : value).DetachFromDisposeScope();

    // Float32 in every compute type, and on the host: the same seed starts the same model. Rows
    // beside those of a file have no more digits than the file's.
    private void FillAtRandom(Tensor destination, ParameterSpec spec, ScalarType? typeInFile)
    {
        const ScalarType Type = ScalarType.Float32;
        using DisposeScope scope = NewDisposeScope();
        if (spec.Start.Values is { } given)
        {
            _transfers.Fill(destination, tensor(given(spec.Shape), spec.Shape));
            return;
        }

        bool isInPlace = _device.type == DeviceType.CPU && destination.dtype == Type && typeInFile is null;
        Tensor values = RandomStart(spec, isInPlace ? destination : empty(destination.shape, dtype: Type));
        if (!isInPlace)
            _transfers.Fill(destination, typeInFile is { } rounded ? values.to(rounded) : values);
    }

    private Tensor RandomStart(ParameterSpec spec, Tensor values)
    {
        using Scalar constant = spec.Start.Constant, normal = spec.Start.Normal, uniform = spec.Start.Uniform;
        if (spec.Start is { Normal: 0, Uniform: 0 })
            return values.fill_(constant);
        using var generator = new Generator(SeedOf(spec.Name));
        _ = spec.Start.Normal > 0
            ? values.normal_(0, 1, generator).mul_(normal)
            : values.uniform_(0, 1, generator).mul_(Two).AddInPlace(MinusOne).mul_(uniform);
        return values.AddInPlace(constant);
    }

    private ulong SeedOf(string name)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{_request.Seed}/{name}"));
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }
}
