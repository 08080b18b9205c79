namespace VisualChat.Model.Weights;

/// <summary>The weights of a model that are lent for each product, by name.</summary>
internal sealed class LentWeights : IDisposable
{
    private readonly List<(string Name, LentWeight Weight)> _weights = [];
    private readonly Dictionary<string, LentWeight> _byName = [];
    private readonly Dictionary<string, LentWeight> _joined = [];

    /// <summary>Where all of them report.</summary>
    public BackwardFailures Failures { get; } = new();

    /// <summary>The names, in the order they were added.</summary>
    public IEnumerable<string> Names => _weights.Select(weight => weight.Name);

    /// <summary>Bytes that they take while nobody borrows them; shared ones count once.</summary>
    public long KeptBytes => _weights.Where(weight => !weight.Weight.IsPart).Select(weight => weight.Weight)
        .Concat(_joined.Values)
        .Sum(weight => weight.KeptBytes);

    public void Add(string name, LentWeight weight)
    {
        _weights.Add((name, weight));
        _byName.Add(name, weight);
    }

    public void AddJoined(string name, LentWeight weight) => _joined.Add(name, weight);

    /// <summary>The weight; null: it is not lent.</summary>
    public LentWeight? Of(string name) => _byName.GetValueOrDefault(name);

    /// <summary>A weight with the rows of several; null: there is none.</summary>
    public LentWeight? JoinedOf(string name) => _joined.GetValueOrDefault(name);

    /// <summary>The same weights in the same memory, that report to a place of their own.</summary>
    public LentWeights Alias()
    {
        var alias = new LentWeights();
        foreach ((string name, LentWeight weight) in _weights)
            alias.Add(name, weight.Alias(alias.Failures));
        foreach ((string name, LentWeight weight) in _joined)
            alias.AddJoined(name, weight.Alias(alias.Failures));
        return alias;
    }

    public void Dispose()
    {
        foreach (LentWeight weight in _byName.Values.Concat(_joined.Values))
            weight.Dispose();
    }
}
