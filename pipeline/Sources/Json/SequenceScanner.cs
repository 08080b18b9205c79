namespace VisualChat.Pipeline.Sources.Json;

/// <summary>Records that follow each other with nothing but white space between them.</summary>
internal sealed class SequenceScanner(JsonScanner json) : RecordScanner(json)
{
    protected override void Enter()
    {
    }

    protected override bool TakeRecord()
    {
        bool isThere = Json.TryPeek(out _);
        ValuePart = isThere ? Json.TakeValue() : default;
        return isThere;
    }
}
