using System.Runtime.InteropServices;

namespace VisualChat.Pipeline.Planning;

/// <summary>
/// Planned samples as columns: 10 bytes a sample and 8 bytes a record, so a million samples take
/// about 30 MB.
/// </summary>
internal sealed class SampleTable
{
    private readonly List<short> _entries = [];
    private readonly List<int> _ordinals = [];
    private readonly List<int> _partStarts = [0];
    private readonly List<PlannedPart> _parts = [];

    /// <summary>Number of samples.</summary>
    public int Count => _entries.Count;

    /// <summary>Index of the recipe entry that made a sample.</summary>
    public int EntryOf(int sample) => _entries[sample];

    /// <summary>The sample's number in its entry; with the entry's name, its id.</summary>
    public int OrdinalOf(int sample) => _ordinals[sample];

    /// <summary>The records of a sample, in order; never empty.</summary>
    public ReadOnlySpan<PlannedPart> PartsOf(int sample) =>
        CollectionsMarshal.AsSpan(_parts)[_partStarts[sample].._partStarts[sample + 1]];

    /// <summary>Adds a sample.</summary>
    public int Add(int entry, int ordinal, ReadOnlySpan<PlannedPart> parts)
    {
        ArgumentOutOfRangeException.ThrowIfZero(parts.Length);
        _entries.Add(checked((short)entry));
        _ordinals.Add(ordinal);
        _parts.AddRange(parts);
        _partStarts.Add(_parts.Count);
        return Count - 1;
    }
}
