namespace VisualChat.Model.Errors;

/// <summary>
/// A model cannot be made from what was named (a folder, its configuration, its tensors), or cannot
/// do what it is asked. The message says what is wrong, where, and what to do; it lists every
/// problem.
/// </summary>
public sealed class ModelException : Exception
{
    /// <summary>One problem.</summary>
    public ModelException(string problem, Exception? cause = null) : base(problem, cause) => Problems = [problem];

    /// <summary>Several problems, found together.</summary>
    public ModelException(IReadOnlyList<string> problems) : base(string.Join(Environment.NewLine, problems)) =>
        Problems = problems;

    /// <summary>Each problem as one sentence a user can act on.</summary>
    public IReadOnlyList<string> Problems { get; }
}
