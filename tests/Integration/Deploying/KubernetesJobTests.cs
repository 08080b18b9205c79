using YamlDotNet.RepresentationModel;

namespace VisualChat.Integration.Tests.Deploying;

/// <summary>The lines that Kubernetes' Jobs run, each run as a pod would run it.</summary>
[Trait("Category", "Slow")]
public sealed class KubernetesJobTests : IDisposable
{
    private readonly SharedBlend _blend = new();

    public void Dispose() => _blend.Dispose();

    [Fact]
    public void The_shares_of_the_indexed_job_and_the_job_after_it()
    {
        (YamlMappingNode shares, YamlMappingNode manifest) = Jobs();
        shares["completionMode"].ToString().Should().Be("Indexed");
        int completions = int.Parse(shares["completions"].ToString(), null);
        completions.Should().Be(8);

        foreach (int index in Enumerable.Range(0, completions))
            Run(shares, $"JOB_COMPLETION_INDEX={index}").ShouldExitWith(0)
                .Error.Should().Contain($"Partition {index + 1}-of-{completions} is done.");
        Run(manifest).ShouldExitWith(0);

        _blend.ShouldBeTheBlendOfOneProcess();
    }

    private static (YamlMappingNode Shares, YamlMappingNode Manifest) Jobs()
    {
        var file = new YamlStream();
        using (var reader = new StreamReader(RepositoryFolder.File("deploy/blend-kubernetes.yaml")))
            file.Load(reader);
        file.Documents.Should().HaveCount(2);
        return (SpecOf(file.Documents[0]), SpecOf(file.Documents[1]));
    }

    private static YamlMappingNode SpecOf(YamlDocument job) => (YamlMappingNode)job.RootNode["spec"];

    private ProgramResult Run(YamlMappingNode job, params string[] variables)
    {
        string[] arguments =
            [.. ((YamlSequenceNode)job["template"]["spec"]["containers"][0]["args"]).Select(node => node.ToString())];
        arguments[..6].Should().Equal(
            "blend", "/shared/recipes/paper-7b.yaml", "--data", "/shared/data", "--out", "/shared/shards");
        return _blend.Run(
            Path.Combine(_blend.Folder, "visualchat"),
            ["blend", .. SharedBlend.Arguments("shares"), .. arguments[6..]],
            variables);
    }
}
