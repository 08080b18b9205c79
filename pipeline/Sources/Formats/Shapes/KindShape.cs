using System.Text;
using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>
/// One of a closed set of words that says which kind of object this is, and thereby which of its
/// fields are required (<see cref="Field.RequiredFor"/>).
/// </summary>
internal sealed class KindShape(params string[] kinds) : Shape
{
    private readonly byte[][] _names = Array.ConvertAll(kinds, Encoding.UTF8.GetBytes);

    public IReadOnlyList<string> Kinds { get; } = kinds;

    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (json.TokenType != JsonTokenType.String)
            throw WrongType(what, "a string");
        for (int kind = 0; kind < _names.Length; kind++)
        {
            if (json.ValueTextEquals(_names[kind]))
            {
                draft.Kind = kind;
                return;
            }
        }

        string other = draft.TextOf(draft.Add(ref json));
        throw new RecordRejectedException(
            RejectReason.WrongType,
            $"{what} is '{other}', not one of {string.Join(", ", Kinds.SkipLast(1))} and {Kinds[^1]}");
    }
}
