using System.Runtime.InteropServices;

namespace VisualChat.Pipeline.Terminal;

/// <summary>
/// What Ctrl-C does: the first asks a command to finish well, however long its step takes; the
/// second ends the program. A command may use Ctrl-C for something else meanwhile.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly Stack<Action> _handlers = [];
    private readonly Action _endProgram;

    /// <summary>Handles the process's signals until it is disposed of.</summary>
    /// <param name="endProgram">What the second Ctrl-C does.</param>
    public Interrupts(Action endProgram)
    {
        _endProgram = endProgram;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            Action handler;
            lock (_handlers)
                handler = _handlers.TryPeek(out Action? taken) ? taken : Stop;
            handler();
        });
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            Stop();
        });
    }

    /// <summary>Cancelled when the command is to end.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>
    /// Gives Ctrl-C another meaning until the result is disposed of. The latest handler wins.
    /// </summary>
    /// <param name="handler">Called on a thread of its own.</param>
    public IDisposable Take(Action handler)
    {
        lock (_handlers)
            _handlers.Push(handler);
        return new Taken(_handlers);
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stopping.Dispose();
    }

    private void Stop()
    {
        if (_stopping.IsCancellationRequested)
            _endProgram();
        _stopping.Cancel();
    }

    private sealed class Taken(Stack<Action> handlers) : IDisposable
    {
        public void Dispose()
        {
            lock (handlers)
                _ = handlers.Pop();
        }
    }
}
