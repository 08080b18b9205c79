using System.Text.RegularExpressions;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Tests.SampleWorld;

/// <summary>
/// Reads a question as a person does, from its words alone, and finds in a scene what its noun
/// phrases are true of.
/// </summary>
internal static partial class QuestionReader
{
    private static readonly string[] Colors = ["red", "green", "blue", "yellow", "orange", "purple", "black", "white"];
    private static readonly string[] Shapes =
    [
        "circle", "square", "triangle", "star", "ring", "cross", "diamond", "heart",
    ];
    private static readonly string[] Places =
        [
            "top left",
            "top center",
            "top right",
            "middle left",
            "center",
            "middle right",
            "bottom left",
            "bottom center",
            "bottom right",
        ];

    public static string ColorOf(SceneObject item) => Colors[(int)item.Color];

    public static string ShapeOf(SceneObject item) => Shapes[(int)item.Shape];

    public static string SizeOf(SceneObject item) => item.Size == ObjectSize.Large ? "large" : "small";

    public static string PlaceOf(SceneObject item) => Places[(item.Row * 3) + item.Column];

    public static string NameOf(SceneObject item) => $"{ColorOf(item)} {ShapeOf(item)}";

    /// <summary>For each noun phrase of a text, the objects of a scene it is true of.</summary>
    public static SceneObject[][] Read(string text, Scene scene) =>
    [
        .. NounPhrase().Matches(text).Select(phrase => scene.Objects
            .Where(item => phrase.Groups["size"].Value is "" || phrase.Groups["size"].Value == SizeOf(item))
            .Where(item => phrase.Groups["color"].Value is "" || phrase.Groups["color"].Value == ColorOf(item))
            .Where(item => phrase.Groups["noun"].Value is "object" || phrase.Groups["noun"].Value == ShapeOf(item))
            .Where(item => phrase.Groups["place"].Value is "" || phrase.Groups["place"].Value == PlaceOf(item))
            .ToArray()),
    ];

    [GeneratedRegex(
        "(?:(?<size>small|large) )?" +
        "(?:(?<color>red|green|blue|yellow|orange|purple|black|white) )?" +
        @"\b(?<noun>object|circle|square|triangle|star|ring|cross|diamond|heart)(?:s|es)?\b" +
        "(?: in the (?<place>(?:top|middle|bottom) (?:left|right|center)|center))?")]
    private static partial Regex NounPhrase();
}
