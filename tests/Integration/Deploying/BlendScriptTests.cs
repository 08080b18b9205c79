namespace VisualChat.Integration.Tests.Deploying;

/// <summary>
/// What <c>deploy/</c> has for blending on many machines makes the bytes of one process, under the
/// real launchers.
/// </summary>
[Trait("Category", "Slow")]
public sealed class BlendScriptTests : IDisposable
{
    private readonly SharedBlend _blend = new();

    public void Dispose() => _blend.Dispose();

    [LauncherFact("slurm-wlm", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo", "scontrol")]
    public void An_array_of_Slurm()
    {
        using var slurm = new SlurmNode();

        _blend.RunScript("blend-slurm.sh", slurm.Variable, "CPUS=1").ShouldExitWith(0)
            .Output.Should().Contain("makes 3 shares");
        slurm.WaitForJobs();

        string[] logs = [.. Directory.GetFiles(_blend.Folder, "blend-*.log").Select(File.ReadAllText)];
        foreach (string share in new[] { "1-of-3", "2-of-3", "3-of-3" })
            logs.Should().ContainSingle(log => log.Contains($"Partition {share} is done.", StringComparison.Ordinal));
        _blend.ShouldBeTheBlendOfOneProcess();
    }

    [LauncherFact("mpich", "mpirun")]
    public void Processes_of_mpirun()
    {
        // Open MPI refuses root and more processes than cores unless told.
        _blend.RunScript(
            "blend-mpi.sh",
            "OMPI_ALLOW_RUN_AS_ROOT=1",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1",
            "OMPI_MCA_rmaps_base_oversubscribe=1").ShouldExitWith(0);

        _blend.ShouldBeTheBlendOfOneProcess();
    }

    [LauncherFact("parallel", "parallel")]
    public void Jobs_of_GNU_parallel()
    {
        _blend.RunScript("blend-parallel.sh").ShouldExitWith(0);

        _blend.ShouldBeTheBlendOfOneProcess();
    }
}
