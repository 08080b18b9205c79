using System.Text.Json;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Json;

/// <summary>
/// Finds the records of an annotation file, one after another, without parsing them.
/// </summary>
internal abstract class RecordScanner(JsonScanner json) : IDisposable
{
    private bool _isStarted;

    /// <summary>Where in the file the record begins.</summary>
    public long ValueOffset => Json.OffsetOf(ValuePart);

    /// <summary>The record. Valid until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Value => Json[ValuePart];

    /// <summary>
    /// The length of the record's key with its quotes; 0 where records have no keys.
    /// </summary>
    public int KeyLength => KeyPart.Length;

    /// <summary>Bytes of the file.</summary>
    public long FileLength => Json.Length;

    /// <summary>
    /// Whether each record is a line, so that a broken one harms no other.
    /// </summary>
    public virtual bool IsLines => false;

    protected JsonScanner Json { get; } = json;

    protected FilePart KeyPart { get; set; }

    protected FilePart ValuePart { get; set; }

    /// <exception cref="WorkException">The file is empty, or is not UTF-8.</exception>
    public static RecordScanner Open(string path, RecordLayout layout)
    {
        var json = new JsonScanner(path);
        try
        {
            json.Begin();
            return layout.Container == RecordContainer.List
                ? OpenList(json, layout)
                : new ContainerScanner(json, layout);
        }
        catch
        {
            json.Dispose();
            throw;
        }
    }

    /// <summary>Moves to the next record.</summary>
    /// <returns>False after the last.</returns>
    /// <exception cref="WorkException">The file's structure is broken.</exception>
    public bool Next()
    {
        if (!_isStarted)
        {
            _isStarted = true;
            Enter();
        }

        Json.Release();
        return TakeRecord();
    }

    /// <summary>Copies the record's key, unescaped.</summary>
    /// <param name="text">At least as long as the key with its quotes.</param>
    /// <returns>Bytes copied; -1 if the key is not valid text.</returns>
    /// <exception cref="WorkException">It is not a JSON string.</exception>
    public int CopyKey(Span<byte> text) => Json.CopyText(KeyPart, text);

    /// <summary>The error of a record whose JSON is broken.</summary>
    public WorkException Broken(JsonException exception) => Json.Broken(ValuePart, exception);

    public void Dispose() => Json.Dispose();

    // A bracket begins an array. Objects stand one on a line, unless the first does not end on its
    // line or is not alone there.
    private static RecordScanner OpenList(JsonScanner json, RecordLayout layout)
    {
        if (!json.TryPeek(out byte first) || first != (byte)'[')
            return json.HasObjectsAcrossLines() ? new SequenceScanner(json) : new LineScanner(json);
        return new ContainerScanner(json, layout);
    }

    /// <summary>Moves to the first record.</summary>
    protected abstract void Enter();

    /// <summary>Takes the next record, or returns false after the last.</summary>
    protected abstract bool TakeRecord();
}
