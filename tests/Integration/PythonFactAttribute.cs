using System.ComponentModel;
using System.Diagnostics;

namespace VisualChat.Integration.Tests;

/// <summary>A test that needs Python 3 without packages.</summary>
public sealed class PythonFactAttribute : FactAttribute
{
    private static readonly bool IsThere = Find();

    /// <summary>Skips it where Python is not there.</summary>
    public PythonFactAttribute() => Skip = RequiredTools.SkipUnless(IsThere, "python3");

    private static bool Find()
    {
        try
        {
            using Process python = Process.Start(new ProcessStartInfo("python3", ["--version"])
            {
                RedirectStandardOutput = true,
            })!;
            python.WaitForExit();
            return python.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
