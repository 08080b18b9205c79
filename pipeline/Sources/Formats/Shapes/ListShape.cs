using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>An array of elements of one shape.</summary>
/// <param name="elementName">What a reject calls an element.</param>
/// <param name="element">The elements' shape.</param>
internal sealed class ListShape(string elementName, Shape element) : Shape
{
    public Shape Element { get; } = element;

    /// <summary>
    /// Called before the first element. Of equal keys the last one counts, so it empties what it
    /// fills.
    /// </summary>
    public required Action<RecordDraft> Begin { get; init; }

    /// <summary>Called after the last element.</summary>
    public Action<RecordDraft>? End { get; init; }

    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw WrongType(what, "an array");
        Begin(draft);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            Element.Read(ref json, draft, elementName);
        End?.Invoke(draft);
    }
}
