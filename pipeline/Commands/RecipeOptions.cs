using System.CommandLine;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Commands;

/// <summary><c>RECIPE</c>, and each <c>--set</c>.</summary>
internal sealed record RecipeOptions(string Path, IReadOnlyList<string> Overrides)
{
    public static RecipeOptions From(ParseResult parsed) =>
        new(parsed.RequiredPathOf("RECIPE"), parsed.GetRequiredValue<string[]>("--set"));

    /// <param name="varied">What <c>--vary</c> sets after each <c>--set</c>; null: nothing.</param>
    /// <exception cref="Errors.InputException">
    /// The recipe is wrong; every problem is listed.
    /// </exception>
    public Recipe Read(IReadOnlyList<string>? varied = null) =>
        RecipeReader.Read(Path, Overrides, SourceRegistry.Names, varied);
}
