using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VisualChat.Model.Files;

/// <summary>How many files the process may have open (<c>ulimit -n</c>).</summary>
public static partial class OpenFileLimit
{
    /// <summary>
    /// What a command needs: two for each library that .NET loads (80 when it serves, in a build
    /// that is not published), and some for the files it works on. .NET raises the limit to the
    /// hard one by itself.
    /// </summary>
    public const int Needed = 192;

    private const int OpenFiles = 7;
    private const int FewLeft = 8;

    /// <summary>The limit of this process.</summary>
    public static unsafe ulong Current
    {
        get
        {
            ulong* limits = stackalloc ulong[2];
            return GetLimit(OpenFiles, limits) == 0 ? limits[0] : ulong.MaxValue;
        }
    }

    /// <summary>What is wrong, and what to do, in a sentence.</summary>
    public static string Problem =>
        $"too many files are open: this process may open {Current}, and needs up to {Needed}; "
        + $"raise the limit with 'ulimit -n {Needed}' or more";

    /// <summary>
    /// Whether the process has hardly a handle left, so that this, and not what an error says, is
    /// what is wrong: .NET tells a library that it cannot open as one that is missing.
    /// </summary>
    public static bool IsReached()
    {
        var opened = new List<SafeFileHandle>();
        try
        {
            for (int handle = 0; handle < FewLeft; handle++)
                opened.Add(File.OpenHandle("/dev/null"));
            return false;
        }
        catch (IOException)
        {
            return true;
        }
        finally
        {
            opened.ForEach(handle => handle.Dispose());
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static unsafe partial int GetLimit(int resource, ulong* limits);
}
