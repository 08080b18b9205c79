using System.Text;
using System.Text.RegularExpressions;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Recipes.Keys;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Comparing;

/// <summary>
/// What is compared: every combination of the varied keys' values, each trained with the same
/// seeds. A pure function of the recipe and the options, so that the same command finds its runs
/// again, and one with more values or more seeds finds those that are done.
/// </summary>
internal sealed partial class ComparisonPlan
{
    private const int MostRuns = 1000;
    private const int LongestFolderName = 80;

    private ComparisonPlan(
        IReadOnlyList<VariedKey> keys, IReadOnlyList<Variant> variants, IReadOnlyList<long> seeds, string folder)
    {
        (Keys, Variants, Seeds) = (keys, variants, seeds);

        // All variants with the first seed come first: a whole comparison is there early.
        Runs =
        [
            .. from seed in seeds
               from variant in variants
               select new ComparedRun(variant, seed, new RunFolder(FolderOf(folder, variant, seed))),
        ];
    }

    public IReadOnlyList<VariedKey> Keys { get; }

    /// <summary>In the order of the values as they were given, the last key's fastest.</summary>
    public IReadOnlyList<Variant> Variants { get; }

    /// <summary>The recipe's training seed, and those after it.</summary>
    public IReadOnlyList<long> Seeds { get; }

    /// <summary>Every training, in the order in which they are run.</summary>
    public IReadOnlyList<ComparedRun> Runs { get; }

    /// <summary>The recipe of what all have in common: the first variant's.</summary>
    public Recipe Recipe => Variants[0].Recipe;

    /// <summary>The folder of all runs.</summary>
    public static string RunsIn(string output) => Path.Combine(output, "runs");

    /// <summary>Reads and checks all recipes before any work.</summary>
    /// <param name="varied">Each <c>--vary</c>.</param>
    /// <param name="seeds">How many seeds.</param>
    /// <param name="output">The comparison's folder.</param>
    /// <param name="read">Reads the recipe with keys set, as <c>KEY=VALUE</c>.</param>
    /// <exception cref="InputException">
    /// A variant's recipe is wrong, would be blended otherwise than another, or equals it.
    /// </exception>
    public static ComparisonPlan Of(
        IReadOnlyList<string> varied, int seeds, string output, Func<IReadOnlyList<string>, Recipe> read)
    {
        IReadOnlyList<VariedKey> keys = KeysOf(varied);
        List<Variant> variants = VariantsOf(keys, read);
        RefuseOtherSamples(keys, variants);
        RefuseEqual(keys, variants);
        long first = variants[0].Recipe.TrainingSeed;
        long[] all = [.. Enumerable.Range(0, seeds).Select(number => unchecked(first + number))];
        if ((long)variants.Count * seeds > MostRuns)
        {
            throw new InputException(
                $"{variants.Count:N0} variants with {seeds:N0} seeds each are more than {MostRuns:N0} trainings: "
                + "give fewer seeds or values.");
        }

        return new ComparisonPlan(keys, variants, all, output);
    }

    private static List<VariedKey> KeysOf(IReadOnlyList<string> varied)
    {
        var problems = new List<string>();
        var keys = new List<VariedKey>();
        foreach (string given in varied)
        {
            if (VariedKey.Read(given, problems) is not { } key)
                continue;
            if (keys.Any(other => other.Key == key.Key))
                problems.Add($"--vary {key.Key} is there twice: give all its values to one");
            if (key.Key == KeyName.Path(nameof(Recipe.Seed)) || key.Key == TrainingSeed)
                problems.Add($"--vary {key.Key}: --seeds N trains each variant with N seeds");
            keys.Add(key);
        }

        if (keys.Count == 0 && problems.Count == 0)
            problems.Add("--vary is missing: name a key and its values, such as --vary model.attention=mmca,causal");
        return problems.Count == 0 ? keys : throw new InputException(problems);
    }

    private static string TrainingSeed => KeyName.Path(nameof(Recipe.Training), nameof(TrainingSettings.Seed));

    private static List<Variant> VariantsOf(IReadOnlyList<VariedKey> keys, Func<IReadOnlyList<string>, Recipe> read)
    {
        if (keys.Aggregate(1L, (product, key) => Math.Min(MostRuns + 1L, product * key.Values.Count)) > MostRuns)
            throw new InputException($"These are more than {MostRuns:N0} combinations: vary fewer keys at once.");
        var problems = new List<string>();
        var variants = new List<Variant>();
        foreach (string[] values in CombinationsOf(keys))
        {
            try
            {
                Recipe recipe = read([.. keys.Zip(values, (key, value) => $"{key.Key}={value}")]);
                if (recipe.Model is null || recipe.Training is null)
                {
                    throw new InputException(
                        "The recipe has no 'model' or no 'training': add them (recipes/quickstart.yaml shows how).");
                }

                variants.Add(new Variant(LabelOf(keys, values), values, recipe));
            }
            catch (InputException exception)
            {
                problems.AddRange(exception.Problems);
            }
        }

        return problems.Count == 0 ? variants : throw new InputException([.. problems.Distinct()]);
    }

    private static IEnumerable<string[]> CombinationsOf(IEnumerable<VariedKey> keys)
    {
        IEnumerable<string[]> combinations = [[]];
        foreach (VariedKey key in keys)
        {
            combinations = combinations.SelectMany(
                before => key.Values, (before, value) => (string[])[.. before, value]);
        }

        return combinations;
    }

    private static string LabelOf(IReadOnlyList<VariedKey> keys, string[] values)
    {
        if (keys.Count == 1)
            return values[0];
        bool areShort = keys.Select(key => key.ShortName).Distinct().Count() == keys.Count;
        return string.Join(", ", keys.Zip(values, (key, value) => $"{(areShort ? key.ShortName : key.Key)} {value}"));
    }

    /// <summary>
    /// Shards decide which samples there are; nothing could be compared over others.
    /// </summary>
    private static void RefuseOtherSamples(IReadOnlyList<VariedKey> keys, List<Variant> variants)
    {
        string first = variants[0].Recipe.ToYaml();
        string[] problems =
        [
            .. from variant in variants
               let others = variant.Recipe.DifferencesFrom(first, Outcome.Shards)
               where others.Count > 0
               select $"{Settings(keys, variant)} would be trained on other samples than "
                   + $"{Settings(keys, variants[0])}: "
                   + string.Join("; ", others.Select(key =>
                       $"{key.Key} is {key.Own ?? "not given"}, not {key.Other ?? "given"}")),
        ];
        if (problems.Length > 0)
        {
            string varied = string.Join(", ", keys.Select(key => key.Key));
            throw new InputException(
            [
                .. problems,
                "Variants are compared on the same samples in the same order, so what blends them cannot vary "
                + $"(--vary {varied}). To compare blends, train each: "
                + "visualchat train RECIPE --set KEY=VALUE --out DIR",
            ]);
        }
    }

    private static string Settings(IReadOnlyList<VariedKey> keys, Variant variant) =>
        string.Join(", ", keys.Zip(variant.Values, (key, value) => $"{key.Key}={value}"));

    private static void RefuseEqual(IReadOnlyList<VariedKey> keys, List<Variant> variants)
    {
        var seen = new Dictionary<string, Variant>();
        foreach (Variant variant in variants)
        {
            string text = variant.Recipe.ToYaml();
            if (!seen.TryAdd(text, variant))
            {
                throw new InputException(
                    $"{Settings(keys, seen[text])} and {Settings(keys, variant)} are the same recipe: "
                    + "leave one out of --vary.");
            }
        }
    }

    /// <summary>
    /// <c>runs/mmca/seed-7</c>, or <c>runs/attention=mmca,batch=8/seed-7</c>; a label that makes no
    /// such name has its hash in it.
    /// </summary>
    private static string FolderOf(string output, Variant variant, long seed)
    {
        string name = variant.Label.Replace(", ", ",", StringComparison.Ordinal).Replace(' ', '=');
        if (name.Length > LongestFolderName || name[0] == '.' || Unusual().IsMatch(name))
        {
            string hash = Sha256.Of(Encoding.UTF8.GetBytes(variant.Label))[..8];
            name = $"{Unusual().Replace(name, "-")[..Math.Min(name.Length, LongestFolderName)].Trim('.', '-')}-{hash}";
        }

        return Path.Combine(RunsIn(output), name, $"seed-{seed}");
    }

    [GeneratedRegex("[^A-Za-z0-9._+=,-]")]
    private static partial Regex Unusual();
}
