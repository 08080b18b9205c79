using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Planning;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Blending;

/// <summary>Adds up a shard while it is written.</summary>
internal sealed class ShardTally(SourceCatalog catalog, int visualTokens)
{
    private readonly SortedDictionary<string, SampleCounts> _entries = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SampleCounts> _datasets = new(StringComparer.Ordinal);
    private readonly List<Reject> _rejects = [];
    private int _rows;
    private int _roundsDropped;
    private int _answersCut;

    /// <summary>Counts one sample.</summary>
    public void Add(RenderedSample sample)
    {
        _roundsDropped += sample.RoundsDropped;
        _answersCut += sample.AnswersCut;
        foreach ((PlannedPart part, RecordRejectedException why) in sample.Rejected)
        {
            DatasetIndex dataset = catalog.Datasets[part.Dataset];
            int ordinal = dataset.RecordOrdinals[part.Record];
            string label = dataset.Reader.LabelOf(part.Record);
            _rejects.Add(new Reject(dataset.Name, ordinal, label, why.Reason, why.Detail));
        }

        if (sample.Row is not { } row)
            return;
        _rows++;
        CountsOf(_entries, row.Dataset).Add(new SampleCounts
        {
            Samples = 1,
            Rounds = row.Rounds.Count,
            Images = row.ImageCount,
            TextTokens = row.TextTokens,
            SequenceTokens = row.SequenceTokens,
        });
        foreach (string dataset in row.Sources)
            CountsOf(_datasets, dataset).Samples++;
        foreach ((RowRound round, int tokens) in row.Rounds.Zip(sample.RoundTokens))
        {
            CountsOf(_datasets, round.Source).Add(new SampleCounts
            {
                Rounds = 1,
                Images = round.Images,
                TextTokens = tokens,
                SequenceTokens = tokens + (round.Images * visualTokens),
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
        Sources = _datasets,
        RoundsDropped = _roundsDropped,
        AnswersCut = _answersCut,
        Rejects = _rejects,
    };

    private static SampleCounts CountsOf(SortedDictionary<string, SampleCounts> counts, string name)
    {
        if (!counts.TryGetValue(name, out SampleCounts? found))
            counts.Add(name, found = new SampleCounts());
        return found;
    }
}
