using VisualChat.Model.Parameters;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// Whether weights are shown images in the order that they were trained with: the released system's
/// in reverse, others as their recipe says.
/// </summary>
internal static class ImageOrderCheck
{
    private static readonly string Key = KeyName.Path(nameof(Recipe.Images), nameof(ImageSettings.Order));
    private static readonly string Reversed = KeyName.OfChoice(typeof(ImageOrder), nameof(ImageOrder.Reversed));

    /// <summary>A warning that says what another order means; null: it is the same.</summary>
    /// <param name="recipe">How images are shown now.</param>
    /// <param name="weights">The checkpoint; null: nothing was trained on images yet.</param>
    /// <param name="kind">What it is.</param>
    public static string? WarningFor(Recipe recipe, string? weights, CheckpointKind kind)
    {
        ImageOrder order = recipe.Images.Order;
        string now = KeyName.OfChoice(typeof(ImageOrder), order.ToString());
        if (weights is null)
        {
            return order == ImageOrder.Reading
                ? null
                : $"Warning: {Key} is {now}, which is for weights of DeepSpeed-VisualChat: of N images in a "
                    + "conversation, number k is shown where the text mentions number N + 1 - k. "
                    + "What is trained so will always need it.";
        }

        if (TrainedOrder(weights, kind) == order)
            return null;
        return order == ImageOrder.Reversed
            ? $"Warning: {Key} is {now}: of N images in a conversation, number k is shown where the text mentions "
                + $"number N + 1 - k. '{weights}' was not trained so, and will take one image for another."
            : $"Warning: {Key} is {now}, and '{weights}' was trained with images in reverse, as the code of "
                + "DeepSpeed-VisualChat shows them: of several images in a conversation, it will take one for another. "
                + $"Show them as in its training with --set {Key}={Reversed}.";
    }

    private static ImageOrder TrainedOrder(string weights, CheckpointKind kind)
    {
        if (kind == CheckpointKind.Released)
            return ImageOrder.Reversed;
        return TrainedRecipe.TextOf(weights, Key) == Reversed ? ImageOrder.Reversed : ImageOrder.Reading;
    }
}
