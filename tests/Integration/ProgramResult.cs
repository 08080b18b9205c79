namespace VisualChat.Integration.Tests;

/// <summary>How a run ended.</summary>
/// <param name="ExitCode">The exit status.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    /// <summary>
    /// Asserts the exit status, showing what was printed if it is another, and that no user ever
    /// sees a stack trace.
    /// </summary>
    public ProgramResult ShouldExitWith(int code)
    {
        ExitCode.Should().Be(code, "it printed:\n{0}\n{1}", Output, Error);
        (Output + Error).Should().NotContain("   at VisualChat.").And.NotContain("Unhandled exception");
        return this;
    }
}
