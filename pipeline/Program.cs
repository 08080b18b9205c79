using VisualChat.Model.Files;
using VisualChat.Pipeline.Commands;

// Before the libraries of any command are loaded: with too few handles, .NET says that one is
// missing, or ends without a word.
if (OpenFileLimit.Current < OpenFileLimit.Needed)
{
    Console.Error.WriteLine(
        $"error: this process may open {OpenFileLimit.Current} files, and visualchat needs {OpenFileLimit.Needed}, "
        + $"most of them for .NET's libraries. Raise the limit with 'ulimit -n 1024'.");
    return ExitCode.Failed;
}

return await CommandLine.RunAsync(args, Console.Out, Console.Error);
