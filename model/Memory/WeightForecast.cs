using VisualChat.Model.HuggingFace;
using VisualChat.Model.Language;
using VisualChat.Model.Parameters;
using VisualChat.Model.Quantisation;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Training;
using static TorchSharp.torch;

namespace VisualChat.Model.Memory;

/// <summary>
/// What a model's weights take, from its description and the headers of its files. A folder without
/// weights is taken as if they were there, in the type that its <c>config.json</c> says.
/// </summary>
internal sealed class WeightForecast
{
    private readonly List<Weight> _weights = [];
    private readonly ModelDescription _description;

    private WeightForecast(ModelDescription description, ParameterOrigins origins)
    {
        _description = description;
        Unread = origins.Unread;
        var typeInFolder = new Dictionary<string, ScalarType>();
        var counted = new HashSet<TensorEntry>(ReferenceEqualityComparer.Instance);
        foreach (ParameterOrigin origin in origins.All())
        {
            if (description.TakesFeatures && origin.Spec.Part == ModelPart.Vision)
                continue;
            long numbers = origin.Spec.Shape.Aggregate(1L, (product, size) => product * size);
            bool isMissing = origin.Entry is null && origin.Folder is not null;
            bool isTrained = origins.IsTrained(origin.Spec);
            ScalarType inMemory = isMissing && !isTrained && !origins.CopiesFrozen
                ? TypeIn(origin.Folder!)
                : origins.TypeOf(origin);
            FrozenFormat? format = origins.FormatOf(origin) ?? (isMissing ? StoredIn(origin.Spec) : null);
            long? lentBytes = format is { } quantised
                ? (long)FrozenFormats.BytesOf(quantised, origin.Spec.Shape[0], origin.Spec.Shape[1])
                : null;
            _weights.Add(new Weight(origin.Spec, numbers, format is null ? inMemory : description.ComputeType)
            {
                IsTrained = isTrained,
                LentBytes = lentBytes,

                // Of a table that the folder's lacks rows for, a copy is made.
                IsView = origins.IsView(origin)
                    || (isMissing && !isTrained && !origins.CopiesFrozen && description.Frozen is null
                        && (origin.Rows is null || description.AddedTokens == 0)),
                Source = origin.Entry is not null ? WeightSource.Files
                    : isMissing ? WeightSource.Missing : WeightSource.Random,
                DiskBytes = origin.Quantised is not null ? lentBytes!.Value
                    : origin.Entry is { } entry ? (counted.Add(entry) ? entry.Bytes : 0)
                    : numbers * Bytes(isMissing ? TypeIn(origin.Folder!) : origins.TypeOf(origin)),
            });
        }

        // A decoder's folder that is not there yet, but for its config.json.
        FrozenFormat? StoredIn(ParameterSpec spec) =>
            spec.Part == ModelPart.Language && spec.IsLayersMap && !origins.IsTrained(spec)
                ? description.Language.Stored
                : null;

        ScalarType TypeIn(string folder)
        {
            if (!typeInFolder.TryGetValue(folder, out ScalarType type))
                typeInFolder.Add(folder, type = ConfigFile.TypeIn(folder) ?? description.ComputeType);
            return type;
        }
    }

    /// <summary>A sentence for each folder whose weights cannot be read.</summary>
    public IReadOnlyList<string> Unread { get; }

    /// <summary>Frozen weights that are copied.</summary>
    public long Frozen => Sum(weight => !weight.IsTrained && !weight.IsView, weight => weight.Bytes);

    /// <summary>Frozen weights that are read where their files are mapped.</summary>
    public long Mapped => Sum(weight => weight.IsView, weight => weight.Bytes);

    /// <summary>
    /// The largest weight that is made for a product, where weights are kept in fewer bits; 0: none
    /// is. A GPU makes those of one input at once, in pieces, and takes up to ten bytes a number on
    /// the way.
    /// </summary>
    public long Lent
    {
        get
        {
            const long PieceNumbers = 1 << 25, BytesOnTheWay = 10;
            bool isOnHost = _description.Device == "cpu";
            long most = _weights.Where(weight => weight.LentBytes is not null)
                .GroupBy(weight => isOnHost ? weight.Spec.Name : weight.Spec.JoinedName ?? weight.Spec.Name)
                .Select(group => group.Sum(weight => weight.Numbers))
                .DefaultIfEmpty()
                .Max();
            long onTheWay = isOnHost ? 0 : BytesOnTheWay * Math.Min(most, PieceNumbers);
            return (Bytes(_description.ComputeType) * most) + onTheWay;
        }
    }

    /// <summary>The gradient of the embedding table; 0: it is not trained.</summary>
    public long EmbeddingGradient => Sum(
        weight => weight.IsTrained && weight.Spec.Name == LlamaParameters.Embedding, weight => weight.Bytes);

    /// <summary>
    /// Copies of a decoder layer's weights in the type that the model computes in, where they have
    /// another one: they are made at each use.
    /// </summary>
    public long CastsOfLayer => Casts(ModelPart.Language, isOfLayer: true) / _description.Language.Layers;

    /// <summary>The same of the head.</summary>
    public long CastsOfHead => Casts(ModelPart.Language, isOfLayer: false);

    /// <summary>The same of a gated layer.</summary>
    public long CastsOfGatedLayer =>
        Casts(ModelPart.CrossAttention, isOfLayer: false) / Math.Max(1, _description.GatedLayers.Count);

    /// <summary>The same of the projection.</summary>
    public long CastsOfProjection => Casts(ModelPart.Projection, isOfLayer: false);

    /// <summary>The same of the whole vision tower.</summary>
    public long CastsOfTower => CastsOfBlocks + Casts(ModelPart.Vision, isOfLayer: false);

    /// <summary>The most of the vision tower that are there at once if it keeps none.</summary>
    public long CastsInTower =>
        Math.Max(CastsOfBlocks / _description.Vision.Layers, Casts(ModelPart.Vision, isOfLayer: false));

    private long CastsOfBlocks => Casts(ModelPart.Vision, isOfLayer: true);

    /// <summary>Reads headers alone: some milliseconds a file.</summary>
    public static WeightForecast Of(ModelDescription description) => new(
        description, ParameterOrigins.OpenReadable(description.ParameterRequest(), description.Device == "cpu"));

    /// <summary>Bytes of a number.</summary>
    public static long Bytes(ScalarType type) => TensorEntry.ElementBytes(type);

    /// <summary>The parts in the order of the model.</summary>
    public IReadOnlyList<PartNeed> Parts() =>
    [
        .. _weights.GroupBy(weight => NameOf(weight.Spec)).Select(part => new PartNeed(
            part.Key,
            part.Sum(weight => weight.Numbers),
            part.Sum(weight => weight.IsTrained ? weight.Numbers : 0),
            SourceOf([.. part.Select(weight => weight.Source)]),
            part.Sum(weight => weight.DiskBytes),
            part.Sum(weight => weight.Numbers) * Bytes(_description.ComputeType))),
    ];

    /// <summary>What trained weights take.</summary>
    /// <param name="optimizer">
    /// How they learn; null: they do not, and there are neither gradients nor moments.
    /// </param>
    public TrainedNeed Trained(OptimizerKind? optimizer)
    {
        long bytes = Sum(weight => weight.IsTrained, weight => weight.Bytes);
        if (optimizer is null)
            return new TrainedNeed(bytes, 0, 0);
        long moments = Sum(
            weight => weight.IsTrained,
            weight => weight.Bytes * (optimizer == OptimizerKind.Muon && Muon.Fits(weight.Spec) ? 1 : 2));
        return new TrainedNeed(bytes, Replicas.CountFor(_description) * bytes, moments);
    }

    // Rows of added tokens start at random beside those of a file.
    private static WeightSource SourceOf(WeightSource[] sources) =>
        sources.Contains(WeightSource.Missing) ? WeightSource.Missing
        : sources.Contains(WeightSource.Files) ? WeightSource.Files
        : WeightSource.Random;

    private static string NameOf(ParameterSpec spec) => spec.Part switch
    {
        ModelPart.Vision => "vision tower",
        ModelPart.Projection => "projection",
        ModelPart.Embeddings => "embeddings",
        ModelPart.CrossAttention => "gated layers",
        _ => spec.Role == ParameterRole.Head ? "head" : "decoder",
    };

    private long Casts(ModelPart part, bool isOfLayer) => Sum(
        weight => weight.Spec.Part == part
            && weight.Type != _description.ComputeType
            && IsOfLayer(weight.Spec) == isOfLayer,
        weight => weight.Numbers * Bytes(_description.ComputeType));

    // Of the decoder or the tower.
    private static bool IsOfLayer(ParameterSpec spec) =>
        spec.Part != ModelPart.Projection
        && (spec.Name.Contains(".layers.", StringComparison.Ordinal)
            || spec.Name.Contains(".resblocks.", StringComparison.Ordinal));

    private long Sum(Func<Weight, bool> of, Func<Weight, long> bytes) => _weights.Where(of).Sum(bytes);

    /// <summary>A tensor.</summary>
    /// <param name="Spec">What it is.</param>
    /// <param name="Numbers">How many numbers it has.</param>
    /// <param name="Type">Their type in memory.</param>
    private sealed record Weight(ParameterSpec Spec, long Numbers, ScalarType Type)
    {
        public required bool IsTrained { get; init; }

        public required bool IsView { get; init; }

        public required WeightSource Source { get; init; }

        public required long DiskBytes { get; init; }

        /// <summary>What it is kept in, where it is made for each product; else null.</summary>
        public long? LentBytes { get; init; }

        public long Bytes => LentBytes ?? (Numbers * WeightForecast.Bytes(Type));
    }
}
