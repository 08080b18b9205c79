using System.Globalization;
using System.Text.RegularExpressions;
using Newtonsoft.Json.Linq;
using VisualChat.Pipeline.Errors;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace VisualChat.Pipeline.Recipes.Yaml;

/// <summary>
/// Reads one YAML document as a JSON tree whose tokens carry their <see cref="YamlOrigin"/>.
/// Scalars follow the core schema of YAML 1.2.2, section 10.3.2: only what is plain is a number, a
/// truth value or null, so <c>no</c> and <c>"5"</c> stay text.
/// </summary>
/// <remarks>
/// Built from the parser's events and not from the library's object model: a model would resolve
/// aliases (a file of a few hundred bytes can expand to gigabytes) and recurse as deep as the file
/// nests. Here aliases are refused and depth is bounded.
/// </remarks>
internal sealed partial class YamlTree
{
    /// <summary>Recipes nest 4 deep.</summary>
    private const int MaxDepth = 32;

    private readonly Parser _parser;
    private readonly YamlOrigin? _origin;
    private readonly List<string> _problems;

    private YamlTree(string yaml, YamlOrigin? origin, List<string> problems)
    {
        _parser = new Parser(new StringReader(yaml));
        _origin = origin;
        _problems = problems;
    }

    /// <summary>Reads a document; null for one without content.</summary>
    /// <param name="yaml">The document.</param>
    /// <param name="origin">Where every value comes from; null: its line.</param>
    /// <param name="problems">
    /// Receives what is wrong but does not stop reading: keys given twice.
    /// </param>
    /// <exception cref="InputException">
    /// The text is not YAML, or uses what recipes do not: aliases, tags, several documents.
    /// </exception>
    public static JToken? Read(string yaml, YamlOrigin? origin, List<string> problems)
    {
        try
        {
            return new YamlTree(yaml, origin, problems).ReadDocument();
        }
        catch (YamlException exception)
        {
            string where = origin?.Text ?? $"line {exception.Start.Line}, column {exception.Start.Column}";
            throw new InputException(
                $"not valid YAML ({where}): {exception.Message.ReplaceLineEndings(" ").TrimEnd('.')}");
        }
    }

    [GeneratedRegex("^[-+]?[0-9]+$")]
    private static partial Regex DecimalInteger { get; }

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Real { get; }

    [GeneratedRegex(@"^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$")]
    private static partial Regex NotFinite { get; }

    /// <summary>The value of a plain scalar.</summary>
    internal static JValue Resolve(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL":
                return JValue.CreateNull();
            case "true" or "True" or "TRUE":
                return new JValue(true);
            case "false" or "False" or "FALSE":
                return new JValue(false);
        }

        if (DecimalInteger.IsMatch(text)
            && long.TryParse(text, NumberStyles.AllowLeadingSign, null, out long whole))
            return new JValue(whole);
        if (TryHexadecimal(text, out whole) || TryOctal(text, out whole))
            return new JValue(whole);
        if (Real.IsMatch(text) && double.Parse(text) is var real && double.IsFinite(real))
            return new JValue(real);
        return new JValue(text);
    }

    private static bool TryHexadecimal(string text, out long value)
    {
        value = 0;
        return text.StartsWith("0x", StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, null, out value)
            && value >= 0;
    }

    private static bool TryOctal(string text, out long value)
    {
        value = 0;
        if (!text.StartsWith("0o", StringComparison.Ordinal) || text.Length is < 3 or > 22)
            return false;
        foreach (char digit in text.AsSpan(2))
        {
            if (digit is < '0' or > '7')
                return false;
            value = (value << 3) | (long)(digit - '0');
        }

        return true;
    }

    private JToken? ReadDocument()
    {
        Next<StreamStart>();
        if (Next() is not DocumentStart)
            return null;

        ParsingEvent first = Next();
        JToken root = ReadNode(first, 0);
        Next<DocumentEnd>();
        ParsingEvent after = Next();
        if (after is not StreamEnd)
            throw Refuse(after, "a second YAML document begins here; a recipe is one document");
        return root is JValue { Type: JTokenType.Null } && first is Scalar { Value: "", Style: ScalarStyle.Plain }
            ? null
            : root;
    }

    private JToken ReadNode(ParsingEvent node, int depth)
    {
        if (depth > MaxDepth)
            throw Refuse(node, $"nested more than {MaxDepth} deep");
        if (node is AnchorAlias alias)
            throw Refuse(node, $"the alias *{alias.Value} is not read in a recipe; write the value out");
        if (node is NodeEvent { Tag.IsEmpty: false, Tag.IsNonSpecific: false } tagged)
            throw Refuse(
                node,
                $"the tag {tagged.Tag} is not read in a recipe; quote what is text, leave plain what is a number");

        return node switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart start => ReadSequence(start, depth),
            MappingStart start => ReadMapping(start, depth),
            _ => throw Refuse(node, "a value was expected here"),
        };
    }

    private JValue ReadScalar(Scalar scalar)
    {
        if (HasLoneSurrogate(scalar.Value))
            throw Refuse(scalar, "an escape that is half a surrogate pair is no character");
        bool plain = scalar.Style == ScalarStyle.Plain && !scalar.Tag.IsNonSpecific;
        if (plain && NotFinite.IsMatch(scalar.Value))
            throw Refuse(scalar, $"{scalar.Value} is not a number that a recipe can use");
        return Annotate(plain ? Resolve(scalar.Value) : new JValue(scalar.Value), scalar);
    }

    private static bool HasLoneSurrogate(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsSurrogatePair(text, i))
                return true;
            i++;
        }

        return false;
    }

    private JArray ReadSequence(SequenceStart start, int depth)
    {
        JArray items = Annotate(new JArray(), start);
        for (ParsingEvent item = Next(); item is not SequenceEnd; item = Next())
            items.Add(ReadNode(item, depth + 1));
        return items;
    }

    private JObject ReadMapping(MappingStart start, int depth)
    {
        JObject map = Annotate(new JObject(), start);
        for (ParsingEvent key = Next(); key is not MappingEnd; key = Next())
        {
            if (key is not Scalar { Value: string name })
                throw Refuse(key, "a key must be plain text");
            JToken value = ReadNode(Next(), depth + 1);
            if (map.Property(name, StringComparison.Ordinal) is JProperty earlier)
            {
                _problems.Add(
                    $"key '{name}' is given twice ({earlier.Annotation<YamlOrigin>()!.Text}, " +
                    $"{OriginOf(key).Text}); keep one");
                continue;
            }

            map.Add(Annotate(new JProperty(name, value), key));
        }

        return map;
    }

    private ParsingEvent Next()
    {
        Mark at = _parser.Current?.End ?? Mark.Empty;
        try
        {
            return _parser.MoveNext() ? _parser.Current! : throw new YamlException(at, at, "the text ends too early");
        }
        catch (Exception exception) when (
            exception is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The scanner's own failures on damaged text; its place is then the last one it
            // understood.
            throw new YamlException(at, at, "the text after this is damaged", exception);
        }
    }

    private void Next<T>() where T : ParsingEvent
    {
        if (Next() is not T)
            throw Refuse(_parser.Current!, "the document does not end here");
    }

    private T Annotate<T>(T token, ParsingEvent source) where T : JToken
    {
        token.AddAnnotation(OriginOf(source));
        return token;
    }

    private YamlOrigin OriginOf(ParsingEvent source) => _origin ?? new YamlOrigin($"line {source.Start.Line}");

    private static YamlException Refuse(ParsingEvent source, string message) => new(source.Start, source.End, message);
}
