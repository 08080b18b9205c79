using System.Diagnostics;

namespace VisualChat.Integration.Tests.Deploying;

/// <summary>
/// One blend that the scripts of <c>deploy/</c> make in shares, in a folder of its own.
/// </summary>
internal sealed class SharedBlend : IDisposable
{
    private readonly TestFolder _folder = SampleBlend.Make(150);

    public SharedBlend()
    {
        string program = _folder.Write(
            "visualchat", $"#!/bin/sh\nexec dotnet '{VisualChatProgram.Assembly}' \"$@\"\n");
        using Process chmod = Process.Start("chmod", ["+x", program]);
        chmod.WaitForExit();
    }

    /// <summary>The folder that the scripts run in.</summary>
    public string Folder => _folder.Path;

    /// <summary>
    /// The arguments of <c>blend</c>, with words that a shell or a launcher could misread.
    /// </summary>
    public static string[] Arguments(string output) =>
        [SampleBlend.Recipe, "--data", SampleBlend.World, "--out", output, "--set", "name=a 'b' $HOME {} *"];

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its file or name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">What its environment has besides, as <c>NAME=VALUE</c>.</param>
    public ProgramResult Run(string program, IEnumerable<string> arguments, params string[] variables)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folder,
        };
        start.Environment["VISUALCHAT_CACHE"] = _folder.File("cache");
        start.Environment["VISUALCHAT"] = _folder.File("visualchat");
        foreach (string variable in variables)
        {
            string[] pair = variable.Split('=', 2);
            start.Environment[pair[0]] = pair[1];
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ProgramResult(process.ExitCode, output, error.Result);
    }

    /// <summary>Runs a script of <c>deploy/</c> that makes three shares and the manifest.</summary>
    public ProgramResult RunScript(string script, params string[] variables) =>
        Run("bash", [RepositoryFolder.File($"deploy/{script}"), "3", .. Arguments("shares")], variables);

    /// <summary>Compares what a script made with what one process makes.</summary>
    public void ShouldBeTheBlendOfOneProcess()
    {
        Run(_folder.File("visualchat"), ["blend", .. Arguments("whole")]).ShouldExitWith(0);
        Directory.GetFiles(_folder.File("whole/data")).Should().HaveCountGreaterThanOrEqualTo(3, "each has a share");
        _folder.HashesOf("shares").Should().Equal(_folder.HashesOf("whole"));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
