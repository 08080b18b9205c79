using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Blending;

/// <summary>Adds up a shard while it is written.</summary>
internal sealed class ShardTally(SourceCatalog catalog, int visualTokens)
{
    private readonly SortedDictionary<string, SampleCounts> _entries = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SampleCounts> _sources = new(StringComparer.Ordinal);
    private readonly List<Reject> _rejects = [];
    private int _rows;
    private int _roundsDropped;

    /// <summary>Counts one sample.</summary>
    public void Add(RenderedSample sample)
    {
        _roundsDropped += sample.RoundsDropped;
        foreach ((PlannedPart part, RecordRejectedException why) in sample.Rejected)
        {
            DatasetIndex source = catalog.Datasets[part.Source];
            _rejects.Add(new Reject(source.Name, source.RecordOrdinals[part.Record], source.Reader.LabelOf(part.Record), why.Reason, why.Detail));
        }

        if (sample.Row is not { } row)
            return;
        _rows++;
        CountsOf(_entries, row.Dataset).Add(new SampleCounts
        {
            Samples = 1,
            Turns = row.Turns.Count,
            Images = row.ImageCount,
            TextTokens = row.TextTokens,
            SequenceTokens = row.SequenceTokens,
        });
        foreach (string source in row.Sources)
            CountsOf(_sources, source).Samples++;
        for (int turn = 0; turn < row.Turns.Count; turn++)
        {
            CountsOf(_sources, row.Turns[turn].Source).Add(new SampleCounts
            {
                Turns = 1,
                Images = row.Turns[turn].Images,
                TextTokens = sample.TurnTokens[turn],
                SequenceTokens = sample.TurnTokens[turn] + (row.Turns[turn].Images * visualTokens),
            });
        }
    }

    /// <summary>The finished shard's account.</summary>
    public ShardAccount ToAccount(string plan, PlannedShard shard, long bytes, string sha256) => new()
    {
        Plan = plan,
        Path = shard.Path,
        Rows = _rows,
        Bytes = bytes,
        Sha256 = sha256,
        Entries = _entries,
        Sources = _sources,
        RoundsDropped = _roundsDropped,
        Rejects = _rejects,
    };

    private static SampleCounts CountsOf(SortedDictionary<string, SampleCounts> counts, string name)
    {
        if (!counts.TryGetValue(name, out SampleCounts? found))
            counts.Add(name, found = new SampleCounts());
        return found;
    }
}
