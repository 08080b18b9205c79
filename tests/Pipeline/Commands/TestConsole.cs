using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Terminal;

namespace VisualChat.Pipeline.Tests.Commands;

/// <summary>A console that keeps what a command writes.</summary>
internal sealed class TestConsole : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly Interrupts _interrupts = new(endProgram: () => { });

    public TestConsole(string input = "") => Streams = new CommandConsole
    {
        Input = new StringReader(input),
        Output = _output,
        Error = _error,
        Interrupts = _interrupts,
    };

    public CommandConsole Streams { get; }

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
        _interrupts.Dispose();
    }
}
