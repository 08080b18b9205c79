namespace VisualChat.Pipeline.Errors;

/// <summary>
/// Wrong usage, recipe or data root: what is wrong, where, and what to do, every problem listed.
/// The program exits with 2.
/// </summary>
internal sealed class InputException : Exception
{
    public InputException(string problem) : this([problem])
    {
    }

    /// <summary>Every problem found, in the order of the input.</summary>
    public InputException(IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>Each problem as one sentence a user can act on.</summary>
    public IReadOnlyList<string> Problems { get; }
}
