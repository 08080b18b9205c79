using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Commands;

/// <summary>Adds up the bytes of files that are indexed side by side.</summary>
internal sealed class IndexBytes(IProgress<(long, long, string)> progress) : IProgress<IndexProgress>
{
    private readonly Dictionary<string, IndexProgress> _files = [];

    public void Report(IndexProgress value)
    {
        lock (_files)
        {
            _files[value.Path] = value;
            progress.Report((_files.Values.Sum(file => file.BytesDone), _files.Values.Sum(file => file.BytesTotal), Path.GetFileName(value.Path)));
        }
    }
}
