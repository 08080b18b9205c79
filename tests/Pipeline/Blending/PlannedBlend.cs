using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Blending;

/// <summary>Blends of inputs that a test wrote.</summary>
internal static class PlannedBlend
{
    /// <summary>LLaMA-2's tokenizer, for a recipe to name.</summary>
    public static string TokenizerPath { get; } =
        Path.Combine(AppContext.BaseDirectory, "Data", "tokens", "llama2-tokenizer.model");

    private static readonly SentencePieceTokenizer Tokenizer = SentencePieceTokenizer.Load(TokenizerPath);

    /// <summary>Indexes a recipe's data and plans its blend.</summary>
    public static async Task<BlendRun> OfAsync(Recipe recipe, string root)
    {
        var cache = new IndexCache(new CacheFolder(Path.Combine(root, "cache")));
        SourceCatalog catalog = await SourceLoader.LoadAsync(recipe.Data, root, cache);
        string fingerprint = RecipeFingerprint.Of(recipe, Tokenizer.Fingerprint);
        BlendPlan plan = BlendPlanner.Plan(catalog, recipe, fingerprint);
        return new BlendRun(new RecipeBlend(catalog, plan, recipe, fingerprint, Tokenizer));
    }
}
