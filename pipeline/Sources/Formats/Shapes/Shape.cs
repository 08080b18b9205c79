using System.Text.Json;

namespace VisualChat.Pipeline.Sources.Formats.Shapes;

/// <summary>
/// What a JSON value must be, and where a record's draft keeps it. Formats are tables of shapes;
/// tests hold the tables against data-schemas/.
/// </summary>
internal abstract class Shape
{
    /// <summary>
    /// Reads the value that the reader stands on, and leaves the reader on its last token.
    /// </summary>
    /// <param name="json">Stands on the value's first token.</param>
    /// <param name="draft">Takes the value.</param>
    /// <param name="what">What a reject calls the value.</param>
    /// <exception cref="RecordRejectedException">
    /// The value has another type, or lacks a key.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// A text is not valid UTF-8 or not valid UTF-16.
    /// </exception>
    public abstract void Read(ref Utf8JsonReader json, RecordDraft draft, string what);

    protected static RecordRejectedException WrongType(string what, string wanted) =>
        new(RejectReason.WrongType, $"{what} is not {wanted}");
}
