namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>
/// A key of an object and the shape of its value. Optional unless it says otherwise. The value null
/// is the same as no key, in every field of every format: what has passed through Arrow has null
/// for each key that another record has.
/// </summary>
internal sealed record Field
{
    private Field(string name, Shape value) => (Name, Value, What, Group) = (name, value, $"'{name}'", name);

    public string Name { get; }

    /// <summary>
    /// Further keys for the same value. At most one of all keys may be there. Rejects of a missing
    /// key speak of <see cref="Name"/>.
    /// </summary>
    public IReadOnlyList<string> OtherNames { get; private init; } = [];

    /// <summary>
    /// What the field gives. At most one field of a group may be there, and one if any of them is
    /// required.
    /// </summary>
    public string Group { get; private init; }

    public Shape Value { get; }

    public bool IsRequired { get; private init; }

    /// <summary>The kind of object that requires this field; null if none does.</summary>
    public string? RequiredKind { get; private init; }

    /// <summary>What a reject calls the value.</summary>
    public string What { get; }

    /// <summary>All keys.</summary>
    public IEnumerable<string> Names => OtherNames.Prepend(Name);

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

    /// <summary>Something that the program cannot use (<see cref="UnusedShape"/>).</summary>
    public static Field Unused(string name) => new(name, new UnusedShape());

    public Field Required() => this with { IsRequired = true };

    public Field RequiredFor(string kind) => this with { RequiredKind = kind };

    public Field Or(params string[] otherNames) => this with { OtherNames = otherNames };

    /// <summary>Puts the field into another field's group.</summary>
    public Field InsteadOf(string group) => this with { Group = group };
}
