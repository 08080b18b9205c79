using VisualChat.Pipeline.Terminal;

namespace VisualChat.Pipeline.Commands;

/// <summary>What a command reads from and writes to, and what Ctrl-C means to it.</summary>
internal sealed record CommandConsole
{
    /// <summary>Lines that a person or another program gives to <c>chat</c>.</summary>
    public required TextReader Input { get; init; }

    /// <summary>Results.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Progress, notes and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Ctrl-C: it stops an answer of <c>chat</c>, and not the program.</summary>
    public required Interrupts Interrupts { get; init; }
}
