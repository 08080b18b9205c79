using System.Runtime.InteropServices;

namespace VisualChat.Pipeline.Commands;

/// <summary>
/// What Ctrl-C does: the first asks a command to come to a good end, however long its step takes; the second ends the program. A command may take Ctrl-C for something else meanwhile.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private readonly Stack<Action> _handlers = [];

    /// <summary>From now on.</summary>
    public Interrupts()
    {
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

    /// <summary>Has Ctrl-C do something else until the result is disposed of; the last to take it has it.</summary>
    /// <param name="handler">Called on a thread of its own.</param>
    public IDisposable Take(Action handler)
    {
        lock (_handlers)
            _handlers.Push(handler);
        return new Taken(_handlers);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stopping.Dispose();
    }

    private void Stop()
    {
        if (_stopping.IsCancellationRequested)
            Environment.Exit(ExitCode.Failed);
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
