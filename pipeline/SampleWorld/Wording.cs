using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// The words of the sample world: its names for facts, and how they are put into sentences.
/// </summary>
internal static class Wording
{
    private static readonly string[] Shapes =
    [
        "circle", "square", "triangle", "star", "ring", "cross", "diamond", "heart",
    ];
    private static readonly string[] ShapePlurals =
    [
        "circles", "squares", "triangles", "stars", "rings", "crosses", "diamonds", "hearts",
    ];
    private static readonly string[] Colors = ["red", "green", "blue", "yellow", "orange", "purple", "black", "white"];
    private static readonly string[] Sizes = ["small", "large"];
    private static readonly string[] Backdrops = ["plain", "shaded", "striped", "checkered"];

    private static readonly string[] Places =
    [
        "top left", "top center", "top right",
        "middle left", "center", "middle right",
        "bottom left", "bottom center", "bottom right",
    ];

    private static readonly string[] Numbers =
        [
            "no",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
        ];

    private static readonly string[] Ordinals = ["first", "second", "third", "fourth", "fifth", "sixth"];

    /// <summary>"circle".</summary>
    public static string Of(Shape shape) => Shapes[(int)shape];

    /// <summary>"circles".</summary>
    public static string PluralOf(Shape shape) => ShapePlurals[(int)shape];

    /// <summary>"red".</summary>
    public static string Of(ObjectColor color) => Colors[(int)color];

    /// <summary>"small" or "large".</summary>
    public static string Of(ObjectSize size) => Sizes[(int)size];

    /// <summary>"striped".</summary>
    public static string Of(BackdropStyle style) => Backdrops[(int)style];

    /// <summary>"top left": the canonical name of a cell.</summary>
    public static string Place(int cell) => Places[cell];

    /// <summary>"three"; 0 is "no".</summary>
    public static string Number(int number) => Numbers[number];

    /// <summary>"first" for 0.</summary>
    public static string Ordinal(int index) => Ordinals[index];

    /// <summary>"three red circles", "one red circle", "no red circles".</summary>
    public static string Counted(int number, ObjectPhrase phrase) =>
        $"{Number(number)} {(number == 1 ? phrase.Singular : phrase.Plural)}";

    /// <summary>"a, b and c".</summary>
    public static string List(IReadOnlyList<string> items) =>
        items.Count < 2 ? string.Concat(items) : $"{string.Join(", ", items.Take(items.Count - 1))} and {items[^1]}";

    /// <summary>
    /// What a picture shows, without places: "a large red circle, two small blue stars and an
    /// orange ring".
    /// </summary>
    public static string Contents(Scene scene) =>
        List(
            [
                .. scene.Objects.GroupBy(ObjectPhrase.Of)
                    .Select(same => same.Count() == 1 ? same.Key.Indefinite : Counted(same.Count(), same.Key)),
            ]);

    /// <summary>The text with its first letter in upper case.</summary>
    public static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>The text with its first letter in lower case, to stand after a clause.</summary>
    public static string Clause(string text) => char.ToLowerInvariant(text[0]) + text[1..];

    /// <summary>One of several ways to say the same.</summary>
    public static string Pick(ref KeyedRandom random, params ReadOnlySpan<string> ways) =>
        ways[random.Next(ways.Length)];

    /// <summary>
    /// The question with a request for the canonical short answer, which tells it from the same
    /// question answered by a sentence.
    /// </summary>
    public static string Brief(ref KeyedRandom random, string question) =>
        question + " " + Pick(
            ref random,
            "Answer in a word or two.",
            "Give a short answer.",
            "Answer briefly.",
            "Answer with a word or a short phrase.",
            "Keep the answer short.");
}
