using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Parameters;
using static TorchSharp.torch;

namespace VisualChat.Model.Vision;

// B images, S pixels a side, P patches of an image, q blocks a side of a patch, G blocks a side of
// an image, b pixels a side of a block, K hidden blocks of all images, C width, E numbers of a
// block.

/// <summary>
/// Teaches a vision tower without any text, by masked image modelling (arXiv 2111.06377,
/// 2111.09886): square blocks of each image are hidden, and what the tower makes of the rest has to
/// tell their pixels.
/// </summary>
/// <remarks>
/// <para>
/// Hidden pixels are 0, the mean color. A block is a patch or a part of one: what a small patch of
/// a photograph holds follows from its neighbours, but a patch with an object of its own says
/// nothing of another, so that only parts of it can be foretold. A patch's blocks are told by its
/// own token, through a norm and an MLP of two layers. With a single linear map in their place the
/// features themselves would have to be a sum of pixels.
/// </para>
/// <para>
/// The loss of a block is the mean square of its pixels' errors, in the tower's normalised colors.
/// The class token is not asked. Costs, beside the tower: P · 4 C · (C + E q²) multiply-adds an
/// image.
/// </para>
/// </remarks>
internal sealed class HiddenBlockHead
{
    /// <summary>How the names of its tensors begin. The export of towers leaves them out.</summary>
    public const string Prefix = "hidden_block_head.";

    private const double Epsilon = 1e-5;

    // Widths of the tower between the two layers.
    private const int Widening = 4;

    // Predictions start near the mean color.
    private const double OutputDeviation = 0.02;

    private readonly VisionTower _tower;
    private readonly int _block;
    private readonly int _patch;
    private readonly LayerNorm _norm;
    private readonly Linear _wide;
    private readonly Linear _pixels;

    public HiddenBlockHead(ParameterSet parameters, VisionTower tower, ClipVisionConfig config, int block)
    {
        _tower = tower;
        _block = block;
        _patch = config.PatchSize;
        _norm = LayerNorm.Of(parameters, Prefix + "norm", Epsilon);
        _wide = Linear.Of(parameters, Prefix + "wide", bias: true);
        _pixels = Linear.Of(parameters, Prefix + "pixels", bias: true);
    }

    /// <summary>Numbers that an image's prediction keeps for a backward pass, about.</summary>
    public static long NumbersKept(ClipVisionConfig config)
    {
        long patches = config.VisualTokens - 1, width = config.HiddenSize;
        long pixels = (long)ClipNormalization.Channels * config.PatchSize * config.PatchSize;
        return patches * (((2L + (2 * Widening)) * width) + (2 * pixels));
    }

    /// <summary>Its tensors. They learn with the tower.</summary>
    /// <exception cref="ModelException">
    /// The tower makes no token for each patch, or blocks do not fill its patches.
    /// </exception>
    public static ParameterSource Source(VisionTowerConfig vision, int block)
    {
        if (vision is not ClipVisionConfig config)
        {
            throw new ModelException(
                $"Hidden parts of images are told by the tokens of patches, and a {vision.Kind} ends with others: "
                + "take a CLIP vision tower.");
        }

        if (block <= 0 || config.PatchSize % block != 0)
            throw new ModelException($"Blocks of {block} pixels do not fill patches of {config.PatchSize}.");
        if (config.ImageSize % config.PatchSize != 0)
        {
            throw new ModelException(
                $"Patches of {config.PatchSize} pixels do not fill an image of {config.ImageSize}.");
        }

        long width = config.HiddenSize, wide = Widening * width;
        long pixels = (long)ClipNormalization.Channels * config.PatchSize * config.PatchSize;
        Initialization unit = Initialization.NormalOf(Math.Pow(width, -0.5));
        return new ParameterSource
        {
            Specs =
            [
                Spec(ParameterRole.Vector, "norm.weight", [width], Initialization.Ones),
                Spec(ParameterRole.Vector, "norm.bias", [width], Initialization.Zeros),
                Spec(ParameterRole.Matrix, "wide.weight", [wide, width], unit),
                Spec(ParameterRole.Vector, "wide.bias", [wide], Initialization.Zeros),
                Spec(ParameterRole.Head, "pixels.weight", [pixels, wide], Initialization.NormalOf(OutputDeviation)),
                Spec(ParameterRole.Vector, "pixels.bias", [pixels], Initialization.Zeros),
            ],
        };

        static ParameterSpec Spec(ParameterRole role, string name, long[] shape, Initialization start) =>
            new(ModelPart.Vision, role, Prefix + name, shape, start);
    }

    /// <summary>The loss of each hidden block.</summary>
    /// <param name="pixels_B3SS">The whole images, normalised.</param>
    /// <param name="blocks_K">
    /// The hidden blocks, counted in reading order, image after image: [0, B · G · G).
    /// </param>
    /// <returns>[K], in float32, or in double if that is computed in.</returns>
    public Tensor Losses(Tensor pixels_B3SS, Tensor blocks_K)
    {
        using DisposeScope scope = NewDisposeScope();
        long images = pixels_B3SS.shape[0], side = pixels_B3SS.shape[^1], blocks = side / _block;
        Tensor split_B3GbGb = pixels_B3SS.view(images, -1, blocks, _block, blocks, _block);
        Tensor isHidden = zeros(images * blocks * blocks, dtype: ScalarType.Bool, device: pixels_B3SS.device);
        using Scalar yes = true, mean = 0;
        _ = isHidden.index_fill_(0, blocks_K, yes);
        Tensor visible_B3SS = split_B3GbGb.masked_fill(isHidden.view(images, 1, blocks, 1, blocks, 1), mean)
            .view(pixels_B3SS.shape);
        Tensor expected_KE = split_B3GbGb.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(0, 2).index_select(0, blocks_K);
        Tensor error_KE = Wide(Predicted(_tower.Features(visible_B3SS), blocks).index_select(0, blocks_K))
            .sub(Wide(expected_KE));
        return error_KE.mul(error_KE).mean([1]).MoveToOuterDisposeScope();
    }

    // [B · G · G, E] from the class token and the patches' tokens.
    private Tensor Predicted(Tensor features_BPC, long blocks)
    {
        long images = features_BPC.shape[0], patches = blocks * _block / _patch, inPatch = _patch / _block;
        Tensor patches_BPC = features_BPC.narrow(1, 1, features_BPC.shape[1] - 1);
        Tensor pixels = _pixels.Apply(nn.functional.gelu(_wide.Apply(_norm.Apply(patches_BPC))));
        return pixels.view(images, patches, patches, inPatch, inPatch, -1)
            .permute(0, 1, 3, 2, 4, 5)
            .flatten(0, 4);
    }

    private static Tensor Wide(Tensor x) => x.dtype is ScalarType.Float64 ? x : x.to(ScalarType.Float32);
}
