using TorchSharp;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Vision;

// B images, S pixels a side, P patches, C width, N heads, D head dim, Q queries, O output width.

/// <summary>
/// Qwen-VL's visual encoder with its resampler (arXiv 2308.12966): a transformer over patches
/// without a class token, then one cross attention in which learned queries read the patches. Its
/// features are the queries' results after the last norm.
/// </summary>
/// <remarks>
/// Costs B · P times the blocks' weights in multiply-adds, and attention in P². Where the tower is
/// frozen, what no image changes is computed once: resized positions, and the queries, normed,
/// placed and projected. A frozen weight is read where it lies: the rows of <c>in_proj</c> are
/// divided among the heads after the product, not before.
/// </remarks>
internal sealed class QwenVisionTower : VisionTower
{
    private readonly QwenVisionConfig _config;
    private readonly Tensor _patchEmbedding;
    private readonly Tensor _positions;
    private readonly LayerNorm _firstNorm;
    private readonly IReadOnlyList<Block> _blocks;
    private readonly Resampler _resampler;
    private readonly LayerNorm _lastNorm;

    private Constants? _kept;

    public QwenVisionTower(ParameterSet parameters, QwenVisionConfig config)
        : base(config.IsNarrow)
    {
        const string Root = QwenParameters.Prefix;
        _config = config;
        _patchEmbedding = parameters[Root + "conv1.weight"];
        _positions = parameters[Root + "positional_embedding"];
        _firstNorm = LayerNorm.Of(parameters, Root + "ln_pre", QwenVisionConfig.NormEpsilon);
        _blocks =
        [
            .. Enumerable.Range(0, config.Layers)
                .Select(index => Block.Of(parameters, $"{Root}{QwenParameters.Blocks}{index}.", config.Heads)),
        ];
        _resampler = new Resampler(
            parameters, Root + "attn_pool.", config.PoolHeads, QwenVisionConfig.NormEpsilon, keyBias: false);
        _lastNorm = LayerNorm.Of(parameters, Root + "ln_post", QwenVisionConfig.NormEpsilon);
    }

    /// <inheritdoc/>
    public override Tensor Features(Tensor pixels)
    {
        RequireSize(pixels, _config.ImageSize);
        using DisposeScope scope = NewDisposeScope();
        Constants constants = ConstantsFor(pixels);
        long patch = _config.PatchSize;
        Tensor patches_BCpp =
            nn.functional.conv2d(pixels, Linear.Cast(_patchEmbedding, pixels), strides: [patch, patch]);
        Tensor placed_BPC = patches_BCpp.flatten(2).transpose(1, 2).Plus(constants.Positions_PC);
        Tensor x_BPC = _firstNorm.Apply(placed_BPC.contiguous());
        foreach (Block block in _blocks)
        {
            using Tensor before_BPC = x_BPC; // What a backward pass needs of it, autograd holds.
            x_BPC = block.Forward(before_BPC);
        }

        Tensor read_BQO = _resampler.Apply(x_BPC, constants.Query_1NQD, constants.KeyPositions_PO);
        return _lastNorm.Apply(read_BQO).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _kept?.Dispose();
        base.Dispose();
    }

    private Constants ConstantsFor(Tensor pixels)
    {
        if (_positions.requires_grad)
            return MakeConstants(pixels);
        if (_kept?.Type == pixels.dtype)
            return _kept;
        _kept?.Dispose();
        using DisposeScope scope = NewDisposeScope();
        Constants made = MakeConstants(pixels);
        _kept = new Constants(
            made.Positions_PC.DetachFromDisposeScope(),
            made.KeyPositions_PO.DetachFromDisposeScope(),
            made.Query_1NQD.DetachFromDisposeScope());
        return _kept;
    }

    private Constants MakeConstants(Tensor pixels)
    {
        int side = _config.ImageSize / _config.PatchSize;
        long patches = (long)side * side;
        return new Constants(
            PositionGrid.Resized(_positions, patches, pixels.dtype),
            _resampler.Places(patches, pixels.dtype),
            _resampler.Query(pixels));
    }

    /// <summary>What no image changes.</summary>
    private sealed record Constants(Tensor Positions_PC, Tensor KeyPositions_PO, Tensor Query_1NQD) : IDisposable
    {
        public ScalarType Type => Query_1NQD.dtype;

        public void Dispose()
        {
            Positions_PC.Dispose();
            KeyPositions_PO.Dispose();
            Query_1NQD.Dispose();
        }
    }

    private sealed record Block(
        LayerNorm AttentionNorm, Linear In, Linear Out, LayerNorm MlpNorm, Linear Wide, Linear Narrow, int Heads)
    {
        public static Block Of(ParameterSet parameters, string name, int heads) => new(
            LayerNorm.Of(parameters, name + "ln_1", QwenVisionConfig.NormEpsilon),
            Linear.Of(parameters, name + "attn.in_proj", bias: true),
            Linear.Of(parameters, name + "attn.out_proj", bias: true),
            LayerNorm.Of(parameters, name + "ln_2", QwenVisionConfig.NormEpsilon),
            Linear.Of(parameters, name + "mlp.c_fc", bias: true),
            Linear.Of(parameters, name + "mlp.c_proj", bias: true),
            heads);

        public Tensor Forward(Tensor x_BPC)
        {
            using DisposeScope scope = NewDisposeScope();
            (long images, long patches, long width) = (x_BPC.shape[0], x_BPC.shape[1], x_BPC.shape[2]);

            // Head after head, each its query, key and value.
            Tensor parts_BPN3D = In.Apply(AttentionNorm.Apply(x_BPC)).view(images, patches, Heads, 3, width / Heads);
            Tensor parts_3BNPD = parts_BPN3D.permute(3, 0, 2, 1, 4);
            Tensor mixed_BNPD = nn.functional.scaled_dot_product_attention(
                parts_3BNPD.select(0, 0), parts_3BNPD.select(0, 1), parts_3BNPD.select(0, 2));
            Tensor attended_BPC = x_BPC.Plus(Out.Apply(mixed_BNPD.transpose(1, 2).flatten(2)));
            Tensor inner = nn.functional.gelu(Wide.Apply(MlpNorm.Apply(attended_BPC)));
            return attended_BPC.Plus(Narrow.Apply(inner)).MoveToOuterDisposeScope();
        }
    }
}
