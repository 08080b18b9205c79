namespace VisualChat.Pipeline.Sources.Json;

/// <summary>The records of a JSON Lines file. Blank lines are skipped.</summary>
internal sealed class LineScanner(JsonScanner json) : RecordScanner(json)
{
    public override bool IsLines => true;

    protected override void Enter()
    {
    }

    protected override bool TakeRecord()
    {
        bool isThere = Json.TryTakeLine(out FilePart line);
        ValuePart = line;
        return isThere;
    }
}
