using System.Numerics;
using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>An object of known fields; other keys are skipped.</summary>
internal sealed class ObjectShape : Shape
{
    private readonly Field[] _fields;
    private readonly ulong _required;

    // [kinds] The fields that an object of a kind requires besides; null where there are no kinds.
    private readonly ulong[]? _requiredForKind;

    public ObjectShape(params Field[] fields)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fields.Length, 64);
        _fields = fields;
        _required = BitsOf(field => field.IsRequired);
        Kinds = Array.Find(fields, field => field.Value is KindShape)?.Value as KindShape;
        _requiredForKind = Kinds?.Kinds.Select(kind => BitsOf(field => field.RequiredKind == kind)).ToArray();
    }

    public IReadOnlyList<Field> Fields => _fields;

    public KindShape? Kinds { get; }

    /// <summary>Called before the first field.</summary>
    public Action<RecordDraft>? Begin { get; init; }

    /// <summary>Called after the last field, if every required one was there.</summary>
    public Action<RecordDraft>? End { get; init; }

    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (json.TokenType != JsonTokenType.StartObject)
            throw WrongType(what, "an object");
        Begin?.Invoke(draft);
        ulong seen = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            int index = IndexOfField(ref json);
            if (index < 0)
            {
                json.Skip();
                continue;
            }

            _ = json.Read();
            _fields[index].Value.Read(ref json, draft, _fields[index].What);
            seen |= 1UL << index;
        }

        RequireAll(_required & ~seen);
        if (_requiredForKind is not null)
            RequireAll(_requiredForKind[draft.Kind] & ~seen);
        End?.Invoke(draft);
    }

    private int IndexOfField(ref Utf8JsonReader json)
    {
        for (int index = 0; index < _fields.Length; index++)
        {
            if (_fields[index].IsAt(ref json))
                return index;
        }

        return -1;
    }

    // The first field in the table's order is the one a reject names.
    private void RequireAll(ulong missing)
    {
        if (missing == 0)
            return;
        Field first = _fields[BitOperations.TrailingZeroCount(missing)];
        throw new RecordRejectedException(RejectReason.MissingKey, $"no key '{first.Name}'");
    }

    private ulong BitsOf(Predicate<Field> wanted)
    {
        ulong bits = 0;
        for (int index = 0; index < _fields.Length; index++)
            bits |= wanted(_fields[index]) ? 1UL << index : 0;
        return bits;
    }
}
