using System.Numerics;
using System.Text;
using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>An object of known fields; other keys are skipped.</summary>
internal sealed class ObjectShape : Shape
{
    private readonly Field[] _fields;

    // Every key of every field: its bytes, its field, and the bits of all keys of its group.
    private readonly byte[][] _keys;
    private readonly Field[] _fieldOf;
    private readonly ulong[] _groupOf;

    // The groups that are required, in the order of the table.
    private readonly ulong[] _required;

    // [kinds] The groups that an object of a kind requires besides; null where there are no kinds.
    private readonly ulong[][]? _requiredForKind;

    public ObjectShape(params Field[] fields)
    {
        _fields = fields;
        (string Name, Field Field)[] keys =
            [.. fields.SelectMany(field => field.Names.Select(name => (name, field)))];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Length, 64);
        _keys = Array.ConvertAll(keys, key => Encoding.UTF8.GetBytes(key.Name));
        _fieldOf = Array.ConvertAll(keys, key => key.Field);
        _groupOf = Array.ConvertAll(keys, key => BitsOf(key.Field));
        _required = GroupsOf(field => field.IsRequired);
        Kinds = Array.Find(fields, field => field.Value is KindShape)?.Value as KindShape;
        _requiredForKind = Kinds?.Kinds.Select(kind => GroupsOf(field => field.RequiredKind == kind)).ToArray();
    }

    public IReadOnlyList<Field> Fields => _fields;

    public KindShape? Kinds { get; }

    /// <summary>Groups of fields of which one must be there; none if empty.</summary>
    public IReadOnlyList<string> NeedsOneOf { get; init; } = [];

    /// <summary>Called before the first field.</summary>
    public Action<RecordDraft>? Begin { get; init; }

    /// <summary>Called after the last field, if every required one was there.</summary>
    public Action<RecordDraft>? End { get; init; }

    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw WrongType(what, "an object");
        Begin?.Invoke(draft);
        if (Kinds is not null)
            draft.Kind = -1;
        ulong seen = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            int key = IndexOfKey(ref json);
            _ = json.Read();
            if (key < 0)
            {
                json.Skip();
                continue;
            }

            if (json.TokenType == JsonTokenType.Null)
                continue;
            ulong others = seen & _groupOf[key] & ~(1UL << key);
            if (others != 0)
                draft.Ambiguity ??= $"{what} has both '{NameOf(others)}' and '{NameOf(1UL << key)}'";
            _fieldOf[key].Value.Read(ref json, draft, _fieldOf[key].What);
            seen |= 1UL << key;
        }

        RequireAll(_required, seen);
        if (_requiredForKind is not null && draft.Kind >= 0)
            RequireAll(_requiredForKind[draft.Kind], seen);
        if (NeedsOneOf.Count > 0 && !Any(seen, NeedsOneOf))
            throw Missing(_fieldOf.Where(field => NeedsOneOf.Contains(field.Group)));
        End?.Invoke(draft);
    }

    private bool Any(ulong seen, IReadOnlyList<string> groups)
    {
        for (int key = 0; key < _keys.Length; key++)
        {
            if ((seen & (1UL << key)) != 0 && groups.Contains(_fieldOf[key].Group))
                return true;
        }

        return false;
    }

    private int IndexOfKey(ref Utf8JsonReader json)
    {
        for (int key = 0; key < _keys.Length; key++)
        {
            if (json.ValueTextEquals(_keys[key]))
                return key;
        }

        return -1;
    }

    // The first in the table's order is the one a reject names.
    private void RequireAll(ulong[] required, ulong seen)
    {
        foreach (ulong group in required)
        {
            if ((group & seen) == 0)
                throw Missing(_fieldOf.Where((_, key) => (group & (1UL << key)) != 0));
        }
    }

    private static RecordRejectedException Missing(IEnumerable<Field> fields)
    {
        IEnumerable<string> names = fields.Distinct().SelectMany(field => field.Names).Select(name => $"'{name}'");
        return new RecordRejectedException(RejectReason.MissingKey, $"no key {string.Join(" or ", names)}");
    }

    private string NameOf(ulong keys) => Encoding.UTF8.GetString(_keys[BitOperations.TrailingZeroCount(keys)]);

    private ulong[] GroupsOf(Predicate<Field> wanted) => [.. _fields.Where(field => wanted(field)).Select(BitsOf)];

    // Of all keys of the field's group.
    private ulong BitsOf(Field field)
    {
        ulong bits = 0;
        for (int key = 0; key < _fieldOf.Length; key++)
            bits |= _fieldOf[key].Group == field.Group ? 1UL << key : 0;
        return bits;
    }
}
