using System.Globalization;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Parameters;
using VisualChat.Model.TensorFiles;

namespace VisualChat.Model.Vision;

/// <summary>
/// The tensors of Qwen-VL's visual encoder: the release's names after <c>vis_encoder.</c>. The last
/// <c>proj</c> of Qwen-VL-Chat is left out, as the release does.
/// </summary>
internal static class QwenParameters
{
    public const string Kind = "Qwen-VL vision tower";

    public const string Prefix = "vis_encoder.";

    /// <summary>A tensor of every such tower, as wide as its features.</summary>
    public const string LastNorm = Prefix + "ln_post.weight";

    public const string Blocks = "transformer.resblocks.";

    private const string PoolPrefix = "attn_pool.";

    private const string LastMap = "proj";
    private const double UsualDeviation = 0.02;

    // As CLIP's here: half of what a patch brings.
    private const double PositionDeviation = 0.5;

    private static readonly TowerNames Names = new()
    {
        Kind = Kind,
        Root = "",
        Marks = ["attn_pool.kv_proj.weight", Blocks + "#.attn.in_proj.weight"],
        Children = ["conv1.", "positional_embedding", "ln_pre.", Blocks, "attn_pool.", "ln_post.", LastMap],
        OtherParts =
        [
            "transformer.h.", "transformer.wte.", "transformer.ln_f.", "transformer.rotary_emb.", "lm_head.",
            "lang_decoder.", "lang_embed.", "projection.",
        ],
    };

    private static readonly Table[] Stem =
    [
        new("conv1.weight", "W 3 P P", ParameterRole.Matrix, _ => Initialization.NormalOf(UsualDeviation)),
        new("positional_embedding", "N W", ParameterRole.Table, _ => Initialization.NormalOf(PositionDeviation)),
        .. Norm("ln_pre", "W"),
    ];

    private static readonly Table[] Block =
    [
        .. Norm("ln_1", "W"),
        .. Map("attn.in_proj", "3W", "W", sizes => Unit(sizes) * Residual(sizes)),
        .. Map("attn.out_proj", "W", "W", Unit),
        .. Norm("ln_2", "W"),
        .. Map("mlp.c_fc", "M", "W", sizes => Math.Pow(2.0 * sizes.HiddenSize, -0.5)),
        .. Map("mlp.c_proj", "W", "M", sizes => Unit(sizes) * Residual(sizes)),
    ];

    private static readonly Table[] Last = [.. Norm("ln_post", "O")];

    // The dimensions of every tensor, by its name.
    private static readonly Dictionary<string, string[]> Shapes = Stem.Concat(Block).Concat(Last)
        .Select(table => (table.Name, table.Shape))
        .Concat(PoolShapes())
        .ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);

    /// <summary>Whether a folder's tensors are such a tower's, or have one among them.</summary>
    public static bool AreIn(WeightFolder folder) =>
        folder.Tensors.Keys.Any(name => !Names.IsOfOtherPart(name) && Names.RootOf(name) is not null);

    /// <summary>A folder's tower, under the names of this model without their prefix.</summary>
    /// <exception cref="ModelException">The folder holds more than one.</exception>
    public static TowerTensors Open(WeightFolder folder) => TowerTensors.Find(folder, Names);

    public static ParameterSource Source(QwenVisionConfig config, string? folder) => new()
    {
        Specs = [.. All(config)],
        Folder = folder,
        Names = Names,
        IsIgnored = name => name == LastMap,
    };

    /// <summary>Every parameter of the tower, in order.</summary>
    public static IEnumerable<ParameterSpec> All(QwenVisionConfig config)
    {
        IEnumerable<(string Name, Table Table)> blocks = Enumerable.Range(0, config.Layers)
            .SelectMany(layer => Block.Select(table => ($"{Blocks}{layer}.{table.Name}", Table: table)));
        int side = QwenVisionConfig.SideOf(config.Queries)!.Value;
        IEnumerable<ParameterSpec> pool = Resampler.Specs(
            ModelPart.Vision, Prefix + PoolPrefix, side, config.HiddenSize, config.OutputSize, keyBias: false);
        return
        [
            .. Stem.Select(table => (table.Name, Table: table)).Concat(blocks)
                .Select(item => Spec(item.Name, item.Table)),
            .. pool.Select(spec => spec with { NameInFolder = spec.Name[Prefix.Length..] }),
            .. Last.Select(table => Spec(table.Name, table)),
        ];

        ParameterSpec Spec(string name, Table table) => new(
            ModelPart.Vision, table.Role, Prefix + name, table.ShapeOf(config), table.Start(config))
        {
            NameInFolder = name,
        };
    }

    /// <summary>
    /// The sizes that most tensors agree on, so that one of another shape is named by itself. What
    /// no tensor says is Qwen-VL-Chat's.
    /// </summary>
    /// <exception cref="ModelException">There are more blocks than any model has.</exception>
    public static QwenVisionConfig SizesOf(IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        var votes = new Dictionary<(char Size, long Value), int>();
        int layers = 0;
        foreach ((string name, TensorEntry entry) in tensors)
        {
            string own = name;
            if (LayerOf(name) is { } layer)
            {
                layers = Math.Max(layers, layer + 1);
                own = name[(name.IndexOf('.', Blocks.Length) + 1)..];
            }

            if (!Shapes.TryGetValue(own, out string[]? shape) || entry.Shape.Length != shape.Length)
                continue;
            foreach ((string symbol, long size) in shape.Zip(entry.Shape))
            {
                if (symbol is [var letter] && char.IsLetter(letter) && size is > 0 and <= SizeLimits.Width)
                    votes[(letter, size)] = votes.GetValueOrDefault((letter, size)) + 1;
            }
        }

        var usual = new QwenVisionConfig();
        return new QwenVisionConfig
        {
            HiddenSize = Most('W', usual.HiddenSize),
            IntermediateSize = Most('M', usual.IntermediateSize),
            Layers = layers,
            PatchSize = Most('P', usual.PatchSize),
            Positions = Most('N', usual.Positions),
            Queries = Most('Q', usual.Queries),
            OutputSize = Most('O', usual.OutputSize),
        };

        int Most(char letter, int otherwise) => votes
            .Where(vote => vote.Key.Size == letter)
            .OrderByDescending(vote => vote.Value)
            .ThenBy(vote => vote.Key.Value)
            .Select(vote => (int?)vote.Key.Value)
            .FirstOrDefault() ?? otherwise;
    }

    // The number of the block that a tensor is of; null: of none.
    private static int? LayerOf(string name)
    {
        if (!name.StartsWith(Blocks, StringComparison.Ordinal))
            return null;
        int end = name.IndexOf('.', Blocks.Length);
        bool isNumber = end > 0
            && int.TryParse(name.AsSpan()[Blocks.Length..end], NumberStyles.None, null, out int layer)
            && layer < SizeLimits.Layers;
        return isNumber ? int.Parse(name.AsSpan()[Blocks.Length..end], NumberStyles.None) : null;
    }

    // Read off a resampler of sizes that no two dimensions share.
    private static IEnumerable<(string Name, string[] Shape)> PoolShapes()
    {
        const int Side = 3, Width = 5, Output = 7;
        return Resampler.Specs(ModelPart.Vision, PoolPrefix, Side, Width, Output, keyBias: false)
            .Select(spec => (spec.Name, Array.ConvertAll(spec.Shape, size => size switch
            {
                Side * Side => "Q",
                Width => "W",
                Output => "O",
                _ => "3O",
            })));
    }

    private static double Unit(QwenVisionConfig sizes) => Math.Pow(sizes.HiddenSize, -0.5);

    private static double Residual(QwenVisionConfig sizes) => Math.Pow(2.0 * sizes.Layers, -0.5);

    private static IEnumerable<Table> Norm(string name, string width) =>
    [
        new(name + ".weight", width, ParameterRole.Vector, _ => Initialization.Ones),
        new(name + ".bias", width, ParameterRole.Vector, _ => Initialization.Zeros),
    ];

    private static IEnumerable<Table> Map(
        string name, string rows, string columns, Func<QwenVisionConfig, double> deviation) =>
    [
        new(
            name + ".weight",
            $"{rows} {columns}",
            ParameterRole.Matrix,
            sizes => Initialization.NormalOf(deviation(sizes))),
        new(name + ".bias", rows, ParameterRole.Vector, _ => Initialization.Zeros),
    ];

    /// <summary>A tensor of the tower before its sizes are known.</summary>
    /// <param name="Name">Its name; of a block's tensor, after the block's number.</param>
    /// <param name="Sizes">
    /// Its dimensions: W width, M inner width, P patch, N positions, Q queries, O output; 3W is
    /// three times W.
    /// </param>
    /// <param name="Role">What it does.</param>
    /// <param name="Start">How it starts.</param>
    private sealed record Table(
        string Name, string Sizes, ParameterRole Role, Func<QwenVisionConfig, Initialization> Start)
    {
        public string[] Shape { get; } = Sizes.Split(' ');

        public long[] ShapeOf(QwenVisionConfig sizes) => Array.ConvertAll(Shape, symbol =>
        {
            string factor = symbol.TrimEnd("WMPNQO".ToCharArray());
            long times = factor.Length == 0 ? 1 : long.Parse(factor);
            return times * symbol[^1] switch
            {
                'W' => sizes.HiddenSize,
                'M' => sizes.IntermediateSize,
                'P' => sizes.PatchSize,
                'N' => sizes.Positions,
                'Q' => sizes.Queries,
                'O' => sizes.OutputSize,
                _ => 1,
            };
        });
    }
}
