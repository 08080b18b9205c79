using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Quantisation;
using static TorchSharp.torch;

namespace VisualChat.Model.Parameters;

/// <summary>
/// Where a model's tensors come from, and what becomes of them in memory. Only headers of files are
/// read.
/// </summary>
internal sealed class ParameterOrigins
{
    private readonly ParameterRequest _request;
    private readonly bool _isOnHost;

    private ParameterOrigins(ParameterRequest request, bool isOnHost, List<string>? unread)
    {
        _request = request;
        _isOnHost = isOnHost;
        Sources = [.. request.Sources.Select(source => Opened(source, unread))];
        Checkpoint = request.Checkpoint is null ? null : Read(() => WeightFolder.Open(request.Checkpoint), unread);
        Start = request.Start is null ? null : Read(() => WeightFolder.Open(request.Start), unread);
        Unread = unread ?? [];
    }

    /// <summary>
    /// Each source, its tensors in its folder, and the quantised ones among them; null: it has
    /// none.
    /// </summary>
    public IReadOnlyList<(ParameterSource Source, TowerTensors? Folder, QuantisedTensors? Quantised)> Sources { get; }

    /// <summary>The tensors of <see cref="ParameterRequest.Checkpoint"/>.</summary>
    public WeightFolder? Checkpoint { get; }

    /// <summary>The tensors of <see cref="ParameterRequest.Start"/>.</summary>
    public WeightFolder? Start { get; }

    /// <summary>A sentence for each folder whose weights cannot be read.</summary>
    public IReadOnlyList<string> Unread { get; }

    /// <summary>
    /// Whether frozen weights are copied where files cannot be computed from: on a GPU.
    /// </summary>
    public bool CopiesFrozen => _request.CopiesFrozen ?? !_isOnHost;

    /// <param name="request">What is made, and how.</param>
    /// <param name="isOnHost">Whether it is made on a CPU.</param>
    /// <exception cref="ModelException">A folder has no weights, or they are damaged.</exception>
    public static ParameterOrigins Open(ParameterRequest request, bool isOnHost) => new(request, isOnHost, null);

    /// <summary>The same as far as weights can be read.</summary>
    /// <inheritdoc cref="Open" path="/param"/>
    public static ParameterOrigins OpenReadable(ParameterRequest request, bool isOnHost) =>
        new(request, isOnHost, []);

    /// <summary>
    /// Where each parameter comes from: the checkpoint, the start, its source's folder, or chance.
    /// </summary>
    public IEnumerable<ParameterOrigin> All()
    {
        foreach ((ParameterSource source, TowerTensors? folder, QuantisedTensors? quantised) in Sources)
        {
            foreach (ParameterSpec spec in source.Specs)
            {
                if (Checkpoint is not null && (IsInCheckpoint(spec) || Checkpoint.Tensors.ContainsKey(spec.Name)))
                    yield return Found(Checkpoint, spec);
                else if (Start is not null && (IsReleased(Start) || Start.Tensors.ContainsKey(spec.Name)))
                    yield return Found(Start, spec);
                else
                    yield return InSource(spec, source, folder) with
                    {
                        Quantised = quantised?.Weights.GetValueOrDefault(spec.NameInFolder),
                    };
            }
        }

        static ParameterOrigin Found(WeightFolder folder, ParameterSpec spec) =>
            new(spec, folder.Folder, spec.Name, folder.Tensors.GetValueOrDefault(spec.Name), null);

        static ParameterOrigin InSource(ParameterSpec spec, ParameterSource source, TowerTensors? folder) => new(
            spec,
            source.Folder,
            folder?.NameInFiles(spec.NameInFolder) ?? spec.Name,
            folder?.Tensors.GetValueOrDefault(spec.NameInFolder),
            spec.Rows);
    }

    /// <summary>Whether a folder is a released checkpoint.</summary>
    public bool IsReleased(WeightFolder folder) =>
        (folder == Checkpoint ? _request.CheckpointKind : _request.StartKind) == CheckpointKind.Released;

    public bool IsTrained(ParameterSpec spec) => !spec.IsConstant && _request.Trainable.HasFlag(spec.Part);

    /// <summary>Whether it stays where its file is mapped.</summary>
    public bool IsView(ParameterOrigin origin)
    {
        if (IsTrained(origin.Spec) || CopiesFrozen)
            return false;
        if (FormatOf(origin) is not null)
            return origin.Quantised is not null;
        return origin.Entry is { } entry && entry.Shape[0] >= origin.Spec.Shape[0];
    }

    /// <summary>
    /// In which format it is kept, to be made for each product; null: it is a tensor.
    /// </summary>
    public FrozenFormat? FormatOf(ParameterOrigin origin)
    {
        if (origin.Quantised is { } quantised)
            return quantised.Format;
        return IsTrained(origin.Spec) || !origin.Spec.IsLayersMap ? null : _request.Frozen;
    }

    /// <summary>The type it has in memory.</summary>
    public ScalarType TypeOf(ParameterOrigin origin)
    {
        if (IsTrained(origin.Spec))
            return _request.ComputeType == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        return CopiesFrozen ? _request.ComputeType : origin.Entry?.Type ?? _request.ComputeType;
    }

    private static (ParameterSource, TowerTensors?, QuantisedTensors?) Opened(
        ParameterSource source, List<string>? unread)
    {
        TowerTensors? folder = Read(source.Open, unread);
        return (source, folder, folder is null ? null : Read(() => QuantisedTensors.Find(folder), unread));
    }

    private static T? Read<T>(Func<T?> open, List<string>? unread)
        where T : class
    {
        try
        {
            return open();
        }
        catch (ModelException exception) when (unread is not null)
        {
            unread.AddRange(exception.Problems);
            return null;
        }
    }

    private bool IsInCheckpoint(ParameterSpec spec) =>
        _request.CheckpointKind != CheckpointKind.Trained || IsTrained(spec);
}
