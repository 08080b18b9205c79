using System.Text;
using System.Text.RegularExpressions;
using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Yaml;

/// <summary>
/// A tree as YAML: maps in blocks, a list of maps with an item a line, other lists in brackets.
/// </summary>
/// <remarks>YamlDotNet's emitter folds long texts and chooses quotes of its own.</remarks>
internal static partial class YamlText
{
    public static string Of(JObject map)
    {
        var yaml = new StringBuilder();
        WriteMap(yaml, map, 0);
        return yaml.ToString();
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_./-]*$")]
    private static partial Regex PlainText { get; }

    private static void WriteMap(StringBuilder yaml, JObject map, int indent)
    {
        foreach (JProperty property in map.Properties())
        {
            yaml.Append(' ', indent).Append(property.Name).Append(':');
            switch (property.Value)
            {
                case JObject inner:
                    yaml.Append('\n');
                    WriteMap(yaml, inner, indent + 2);
                    break;
                case JArray { First: JObject } list:
                    yaml.Append('\n');
                    foreach (JToken item in list)
                        yaml.Append(' ', indent + 2).Append("- ").Append(Inline(item)).Append('\n');
                    break;
                default:
                    yaml.Append(' ').Append(Inline(property.Value)).Append('\n');
                    break;
            }
        }
    }

    /// <summary>A value on one line.</summary>
    public static string Inline(JToken value) => value switch
    {
        JObject map =>
            $"{{{string.Join(", ", map.Properties().Select(item => $"{item.Name}: {Inline(item.Value)}"))}}}",
        JArray list => $"[{string.Join(", ", list.Select(Inline))}]",
        JValue { Value: string text } => IsPlain(text) ? text : Quote(text),
        JValue { Value: bool truth } => truth ? "true" : "false",
        JValue { Value: { } number } => number.ToString()!,
        _ => "null",
    };

    private static bool IsPlain(string text) =>
        PlainText.IsMatch(text) && YamlTree.Resolve(text).Type == JTokenType.String;

    /// <summary>
    /// A double-quoted scalar (YAML 1.2.2, section 7.3.1) on one line, with everything escaped that
    /// is not a printable character.
    /// </summary>
    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char letter in text)
        {
            quoted = letter switch
            {
                '"' or '\\' => quoted.Append('\\').Append(letter),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                _ => IsPrintable(letter) ? quoted.Append(letter) : quoted.Append($"\\u{(int)letter:X4}"),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsPrintable(char letter) => letter is not
        (< ' ' or (>= '\x7F' and <= '\xA0') or '\u2028' or '\u2029' or '\uFEFF' or '\uFFFE' or '\uFFFF');
}
