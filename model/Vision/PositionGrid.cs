using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Vision;

/// <summary>Positions of a square of patches, for a square of another size.</summary>
internal static class PositionGrid
{
    /// <summary>
    /// The positions resized with bicubic filtering, in float32 at least; the same memory if there
    /// are as many of that type.
    /// </summary>
    /// <param name="positions">[side · side, C] row by row.</param>
    /// <param name="places">How many are wanted, a square number.</param>
    /// <param name="type">The type that is computed in.</param>
    /// <returns>[places, C] A handle of its own.</returns>
    public static Tensor Resized(Tensor positions, long places, ScalarType type)
    {
        (long count, long width) = (positions.shape[0], positions.shape[1]);
        if (count == places)
            return positions.dtype == type ? positions.alias() : positions.to(type);
        using DisposeScope scope = NewDisposeScope();
        long side = SideOf(count), wanted = SideOf(places);
        Tensor wide = positions.to(type == ScalarType.Float64 ? type : ScalarType.Float32);
        Tensor image_1Css = wide.view(1, side, side, width).permute(0, 3, 1, 2);
        Tensor resized = nn.functional.interpolate(
            image_1Css, size: [wanted, wanted], mode: InterpolationMode.Bicubic, align_corners: false);
        return resized.permute(0, 2, 3, 1).reshape(places, width).to(type).MoveToOuterDisposeScope();
    }

    private static long SideOf(long places)
    {
        long side = (long)Math.Sqrt(places);
        return side * side == places
            ? side
            : throw new ArgumentException($"{places} positions are not those of a square.", nameof(places));
    }
}
