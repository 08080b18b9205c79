namespace VisualChat.Pipeline.Commands;

/// <summary>What the program's exit status says.</summary>
internal static class ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    public const int Done = 0;

    /// <summary>Failed while working; running again continues.</summary>
    public const int Failed = 1;

    /// <summary>Wrong usage, recipe or data root; nothing was done.</summary>
    public const int WrongInput = 2;
}
