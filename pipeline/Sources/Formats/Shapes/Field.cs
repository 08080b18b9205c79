using System.Text;
using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>
/// A key of an object and the shape of its value. Optional unless it says otherwise.
/// </summary>
internal sealed record Field
{
    private readonly byte[] _name;
    private byte[]? _otherName;

    private Field(string name, Shape value)
    {
        (Name, Value, What) = (name, value, $"'{name}'");
        _name = Encoding.UTF8.GetBytes(name);
    }

    public string Name { get; }

    /// <summary>A second key for the same value. Rejects speak of <see cref="Name"/>.</summary>
    public string? OtherName { get; private init; }

    public Shape Value { get; }

    public bool IsRequired { get; private init; }

    /// <summary>The kind of object that requires this field; null if none does.</summary>
    public string? RequiredKind { get; private init; }

    /// <summary>What a reject calls the value.</summary>
    public string What { get; }

    public static Field Of(string name, Shape value) => new(name, value);

    public static Field Text(string name, Action<RecordDraft, TextSlice> take) => new(name, new TextShape(take));

    public static Field Id(string name, Action<RecordDraft, TextSlice> take) => new(name, new IdShape(take));

    public static Field WholeNumber(string name, Action<RecordDraft, int> take) =>
        new(name, new WholeNumberShape(take));

    /// <summary>A list of texts; of two lists under the same key the last one counts.</summary>
    public static Field Texts(string name, Func<RecordDraft, List<TextSlice>> listOf)
    {
        var element = new TextShape((draft, text) => listOf(draft).Add(text));
        var list = new ListShape($"an element of '{name}'", element) { Begin = draft => listOf(draft).Clear() };
        return new Field(name, list);
    }

    public Field Required() => this with { IsRequired = true };

    public Field RequiredFor(string kind) => this with { RequiredKind = kind };

    public Field Or(string otherName) =>
        this with { OtherName = otherName, _otherName = Encoding.UTF8.GetBytes(otherName) };

    /// <summary>Whether the reader stands on this field's key.</summary>
    public bool IsAt(ref Utf8JsonReader json) =>
        json.ValueTextEquals(_name) || (_otherName is not null && json.ValueTextEquals(_otherName));
}
