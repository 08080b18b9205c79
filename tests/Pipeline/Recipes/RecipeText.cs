using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Recipes;

/// <summary>Recipes read as the program reads them, with the registry's datasets.</summary>
internal static class RecipeText
{
    public static Recipe Parse(string yaml, string folder, IReadOnlyList<string> settings) =>
        RecipeReader.Parse(yaml, folder, settings, SourceRegistry.Names);

    public static Recipe Read(string path, IReadOnlyList<string> settings) =>
        RecipeReader.Read(path, settings, SourceRegistry.Names);
}
