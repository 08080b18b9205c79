namespace VisualChat.Model.Errors;

/// <summary>A model cannot be made from what was named (a folder, its configuration or its tensors), or cannot do what is asked of it. What, where, what to do; every problem listed.</summary>
public sealed class ModelException : Exception
{
    /// <summary>One problem.</summary>
    public ModelException(string problem, Exception? cause = null) : base(problem, cause) => Problems = [problem];

    /// <summary>Every problem found.</summary>
    public ModelException(IReadOnlyList<string> problems) : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    /// <summary>Each problem as one sentence a user can act on.</summary>
    public IReadOnlyList<string> Problems { get; }
}
