using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Launching;

namespace VisualChat.Pipeline.Tests.Launching;

/// <summary>Which process of a launch this is, as launchers say it.</summary>
public sealed class LaunchEnvironmentTests
{
    [Theory]
    [InlineData("RANK=3 WORLD_SIZE=4", 3, 4)]
    [InlineData("PMI_RANK=0 PMI_SIZE=2", 0, 2)]
    [InlineData("OMPI_COMM_WORLD_RANK=7 OMPI_COMM_WORLD_SIZE=8", 7, 8)]
    [InlineData("MV2_COMM_WORLD_RANK=1 MV2_COMM_WORLD_SIZE=2", 1, 2)]
    [InlineData("SLURM_PROCID=5 SLURM_NTASKS=6", 5, 6)]
    [InlineData("RANK=1 WORLD_SIZE=2 SLURM_PROCID=0 SLURM_NTASKS=9", 1, 2)]
    [InlineData("RANK=0 WORLD_SIZE=1", 0, 1)]
    public void A_rank_says_of_how_many(string variables, int number, int count) =>
        Read(variables).Should().Be(new ProcessNumber(number, count));

    [Theory]
    [InlineData(0, 0, 7, 8, 0)]
    [InlineData(7, 0, 7, 8, 7)]
    [InlineData(1, 1, 8, 8, 0)]
    [InlineData(8, 1, 8, 8, 7)]
    public void A_whole_array_counts_its_tasks(int id, int first, int last, int count, int number) =>
        Read(Array(id, first, last, count)).Should().Be(new ProcessNumber(number, count));

    [Theory]
    [InlineData(3, 3, 5, 2)]
    [InlineData(3, 3, 3, 1)]
    [InlineData(4, 0, 8, 5)]
    [InlineData(2, 2, 9, 8)]
    public void Part_of_an_array_says_its_number_alone(int id, int first, int last, int count) =>
        Read(Array(id, first, last, count)).Should().Be(new ProcessNumber(id, null));

    [Fact]
    public void An_index_of_a_job_says_its_number_alone() =>
        Read("JOB_COMPLETION_INDEX=2").Should().Be(new ProcessNumber(2, null));

    [Fact]
    public void The_ranks_of_a_task_follow_those_of_the_task_before_it()
    {
        Read(Array(2, 0, 3, 4) + " SLURM_PROCID=1 SLURM_NTASKS=3").Should().Be(new ProcessNumber(7, 12));
        Read("JOB_COMPLETION_INDEX=2 RANK=1 WORLD_SIZE=2").Should().Be(new ProcessNumber(5, null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("RANK= WORLD_SIZE=")]
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=1")]
    [InlineData("SLURM_PROCID=0")]
    [InlineData("SLURM_JOB_ID=7 WORLD_SIZE=4")]
    public void Without_a_launch_of_several_there_is_none(string variables) => Read(variables).Should().BeNull();

    [Theory]
    [InlineData("RANK=x WORLD_SIZE=2", "RANK is 'x', which is not a whole number from 0.")]
    [InlineData("RANK=-1 WORLD_SIZE=2", "RANK is '-1', which is not a whole number from 0.")]
    [InlineData("RANK=1", "RANK is set, but WORLD_SIZE is not: set both, or neither.")]
    [InlineData("RANK=2 WORLD_SIZE=2", "RANK is 2, and WORLD_SIZE 2: a rank is less than that.")]
    [InlineData("SLURM_ARRAY_TASK_ID=2", "SLURM_ARRAY_TASK_ID is set, but SLURM_ARRAY_TASK_MIN is not: *")]
    public void What_no_launcher_sets_is_named(string variables, string message)
    {
        Action reading = () => Read(variables);
        reading.Should().Throw<InputException>().WithMessage(message);
    }

    /// <summary>The environment of variables such as <c>RANK=1 WORLD_SIZE=2</c>.</summary>
    internal static LaunchEnvironment Of(string variables)
    {
        var values = variables
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(variable => variable.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return new LaunchEnvironment(values.GetValueOrDefault);
    }

    private static ProcessNumber? Read(string variables) => Of(variables).Process();

    private static string Array(int id, int first, int last, int count) =>
        $"SLURM_ARRAY_TASK_ID={id} SLURM_ARRAY_TASK_MIN={first} SLURM_ARRAY_TASK_MAX={last} "
        + $"SLURM_ARRAY_TASK_COUNT={count}";
}
