using System.Text;
using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>
/// One of a closed set of words that says which kind of object this is, and thereby which of its
/// fields are required (<see cref="Field.RequiredFor"/>).
/// </summary>
internal sealed class KindShape(params string[] kinds) : Shape
{
    private (byte[] Word, int Kind)[] _words =
        [.. kinds.Select((kind, index) => (Encoding.UTF8.GetBytes(kind), index))];

    public IReadOnlyList<string> Kinds => kinds;

    /// <summary>All words, kind after kind.</summary>
    public IEnumerable<string> Words =>
        _words.OrderBy(word => word.Kind).Select(word => Encoding.UTF8.GetString(word.Word));

    /// <summary>The same with more words for one of the kinds.</summary>
    public KindShape Or(string kind, params ReadOnlySpan<string> words)
    {
        int index = Array.IndexOf(kinds, kind);
        foreach (string word in words)
            _words = [.. _words, (Encoding.UTF8.GetBytes(word), index)];
        return this;
    }

    public override void Read(ref Utf8JsonReader json, RecordDraft draft, string what)
    {
        if (json.TokenType != JsonTokenType.String)
            throw WrongType(what, "a string");
        foreach ((byte[] word, int kind) in _words)
        {
            if (json.ValueTextEquals(word))
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
