using VisualChat.Pipeline.Terminal;

namespace VisualChat.Pipeline.Tests.Terminal;

public sealed class FileWaitNotesTests : IDisposable
{
    private readonly StringWriter _error = new();
    private readonly CancellationTokenSource _stopping = new();
    private IReadOnlyList<(string Path, TimeSpan Waited)> _waits = [];
    private int _ends;

    public void Dispose() => _stopping.Dispose();

    [Fact]
    public void A_file_that_does_not_answer_is_told_once()
    {
        using FileWaitNotes notes = Notes();
        _waits = [("/mnt/a", TimeSpan.FromSeconds(9))];
        notes.Look();
        _error.ToString().Should().BeEmpty();
        _waits = [("/mnt/a", TimeSpan.FromSeconds(10))];
        notes.Look();
        notes.Look();
        _error.ToString().Should().Be(
            "Waiting for '/mnt/a', which has not answered for 10 s: does the mount that it is on work? Ctrl-C ends.\n");
        _ends.Should().Be(0);
    }

    [Fact]
    public void A_program_that_is_told_to_stop_does_not_wait_for_it()
    {
        using FileWaitNotes notes = Notes();
        _stopping.Cancel();
        _waits = [("/mnt/a", TimeSpan.FromSeconds(2))];
        notes.Look();
        _ends.Should().Be(0);
        _waits = [("/mnt/a", TimeSpan.FromSeconds(3))];
        notes.Look();
        _ends.Should().Be(1);
        _error.ToString().Should().Be("error: '/mnt/a' does not answer; ended without waiting for it.\n");
    }

    private FileWaitNotes Notes() => new(() => _waits, _error, () => _ends++, _stopping.Token);
}
