using VisualChat.Model.Attention;
using VisualChat.Model.Parameters;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// Whether weights compute with the attention that they were trained with. The modes share their
/// tensors, so that nothing else would tell.
/// </summary>
internal static class AttentionCheck
{
    private static readonly string Key = KeyName.Path(nameof(Recipe.Model), nameof(ModelSettings.Attention));

    /// <summary>A warning that names both attentions; null: they are the same.</summary>
    /// <param name="recipe">The attention that is computed now.</param>
    /// <param name="weights">The checkpoint; null: nothing was trained yet.</param>
    /// <param name="kind">What it is.</param>
    public static string? WarningFor(Recipe recipe, string? weights, CheckpointKind kind)
    {
        if (weights is null || recipe.Model is not { Attention: AttentionMode now })
            return null;
        if (kind == CheckpointKind.Released)
        {
            string released = AttentionMode.MmcaDeepSpeed.Name();
            return now is AttentionMode.MmcaDeepSpeed or AttentionMode.Causal
                ? null
                : $"Warning: '{weights}' is of DeepSpeed-VisualChat, whose attention is {released}, or "
                    + $"{AttentionMode.Causal.Name()} where it was trained so; {Key} is {now.Name()}. "
                    + $"Compute as its code does with --set {Key}={released}.";
        }

        string? trained = TrainedRecipe.TextOf(weights, Key);
        return trained is null || trained == now.Name()
            ? null
            : $"Warning: {Key} is {now.Name()}, and '{weights}' was trained with {trained}: it sees what it was not "
                + $"taught to see. Compute as in its training with --set {Key}={trained}.";
    }
}
