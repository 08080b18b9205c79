using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace VisualChat.Integration.Tests.Deploying;

/// <summary>
/// A real Slurm of one node: its controller and its node's daemon, started as this user in a folder
/// of their own, without a service of the system, a database or Munge.
/// </summary>
internal sealed class SlurmNode : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestFolder _folder = new();

    private readonly List<Process> _daemons = [];

    public SlurmNode()
    {
        foreach (string name in new[] { "state", "spool" })
            Directory.CreateDirectory(_folder.File(name));
        string host = Environment.MachineName;
        _folder.Write("slurm.conf", $"""
            ClusterName=test
            SlurmctldHost={host}(127.0.0.1)
            SlurmctldPort={FreePort()}
            SlurmdPort={FreePort()}
            AuthType=auth/none
            CredType=cred/none
            SlurmUser={Environment.UserName}
            SlurmdUser={Environment.UserName}
            StateSaveLocation={_folder.File("state")}
            SlurmdSpoolDir={_folder.File("spool")}
            SlurmctldPidFile={_folder.File("slurmctld.pid")}
            SlurmdPidFile={_folder.File("slurmd.pid")}
            ProctrackType=proctrack/pgid
            TaskPlugin=task/none
            SchedulerType=sched/builtin
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            MpiDefault=none
            ReturnToService=2
            NodeName={host} NodeAddr=127.0.0.1 CPUs={Environment.ProcessorCount} State=UNKNOWN
            PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES

            """);
        _daemons.Add(StartDaemon("slurmctld", "-D", "-c"));
        _daemons.Add(StartDaemon("slurmd", "-D"));
        WaitUntil(() => Ask("sinfo", "--noheader", "--format=%t").Trim() == "idle", "the node to be idle");
    }

    /// <summary>The variable that leads Slurm's commands here, as <c>NAME=VALUE</c>.</summary>
    public string Variable => $"SLURM_CONF={_folder.File("slurm.conf")}";

    /// <summary>Waits for all jobs to end.</summary>
    public void WaitForJobs() => WaitUntil(() => Ask("squeue", "--noheader").Trim() == "", "the jobs to end");

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = Ask("scontrol", "shutdown");
        foreach (Process daemon in _daemons)
        {
            if (!daemon.WaitForExit(TimeSpan.FromSeconds(10)))
                daemon.Kill(entireProcessTree: true);
            daemon.Dispose();
        }

        _folder.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void WaitUntil(Func<bool> isSo, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!isSo())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"Waited {Patience.TotalSeconds} s for {what}:\n{Logs()}");
            Thread.Sleep(100);
        }
    }

    private string Logs() => string.Join(
        '\n', Directory.GetFiles(_folder.Path, "*.log").Select(path => $"{path}:\n{File.ReadAllText(path)}"));

    private Process StartDaemon(string name, params string[] arguments) =>
        Start(name, [.. arguments, "-L", _folder.File($"{name}.log")]);

    private string Ask(string command, params string[] arguments)
    {
        using Process process = Start(command, arguments);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["SLURM_CONF"] = _folder.File("slurm.conf");
        start.Environment["PATH"] += ":/usr/sbin";
        return Process.Start(start)!;
    }
}
