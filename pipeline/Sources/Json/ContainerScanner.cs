using System.Text;
using VisualChat.Pipeline.Sources.Formats;

namespace VisualChat.Pipeline.Sources.Json;

/// <summary>The records of a JSON array, or of an object whose keys name them.</summary>
internal sealed class ContainerScanner(JsonScanner json, RecordLayout layout) : RecordScanner(json)
{
    private readonly bool _isMap = layout.Container == RecordContainer.Map;
    private readonly byte _open = layout.Container == RecordContainer.Map ? (byte)'{' : (byte)'[';
    private readonly byte _close = layout.Container == RecordContainer.Map ? (byte)'}' : (byte)']';
    private bool _isFirst = true;
    private bool _isKeyFound;

    // To the first record: past the container's bracket, and past the root's other keys before it.
    protected override void Enter()
    {
        if (layout.Key is null)
        {
            Json.Expect(_open, $"the file must be a JSON {(_isMap ? "object" : "array")} of records.");
            return;
        }

        Json.Expect((byte)'{', $"the file must be a JSON object with the key '{layout.Key}'.");
        if (Json.Peek() == (byte)'}' || !SkipToContainer())
            throw Json.Error($"the object has no key '{layout.Key}'.");
    }

    protected override bool TakeRecord()
    {
        byte next = Json.Peek();
        if (next == _close)
        {
            Json.Pass(1);
            Leave();
            return false;
        }

        if (!_isFirst)
            Json.Expect((byte)',', $"',' or '{(char)_close}' must follow a record.");
        _isFirst = false;
        if (_isMap)
        {
            KeyPart = TakeKey();
            Json.Expect((byte)':', "a record's key must be followed by ':'.");
        }

        ValuePart = Json.TakeValue();
        return true;
    }

    private FilePart TakeKey() => Json.TakeString("a key in quotes must stand here.");

    // Stands before a key of the root. True: entered the container of the records. False: the root
    // ended.
    private bool SkipToContainer()
    {
        while (true)
        {
            bool isWanted = TextOf(TakeKey()) == layout.Key;
            Json.Expect((byte)':', "a key must be followed by ':'.");
            if (isWanted)
            {
                if (_isKeyFound)
                    throw Json.Error($"the key '{layout.Key}' stands twice.");
                _isKeyFound = true;
                string container = _isMap ? "an object" : "an array";
                Json.Expect(_open, $"the value of '{layout.Key}' must be {container}.");
                return true;
            }

            Json.Verify(Json.TakeValue());
            Json.Release();
            if (Json.Peek() != (byte)',')
            {
                Json.Expect((byte)'}', "',' or '}' must follow a value.");
                return false;
            }

            Json.Pass(1);
        }
    }

    private void Leave()
    {
        if (layout.Key is not null)
            LeaveRoot();
        Json.ExpectEnd();
        (KeyPart, ValuePart) = (default, default);
    }

    private void LeaveRoot()
    {
        if (Json.Peek() != (byte)',')
        {
            Json.Expect((byte)'}', "',' or '}' must follow the records.");
            return;
        }

        Json.Pass(1);
        if (SkipToContainer())
            throw Json.Error($"the key '{layout.Key}' stands twice.");
    }

    private string? TextOf(FilePart quoted)
    {
        byte[] text = new byte[quoted.Length];
        int length = Json.CopyText(quoted, text);
        return length < 0 ? null : Encoding.UTF8.GetString(text, 0, length);
    }
}
