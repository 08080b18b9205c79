using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Tests.Commands;

public sealed class ValidateCommandTests
{
    [Fact]
    public async Task A_wrong_recipe_exits_with_2_and_lists_every_problem_of_every_override()
    {
        string recipe = WriteRecipe();
        try
        {
            (int exitCode, string output, string error) = await Run(
                "validate", recipe, "--set", "training.batchs=3", "--set", "data.sources.llava.samples=0", "--json");

            exitCode.Should().Be(2);
            output.Should().Contain("did you mean 'training.batch'?")
                .And.Contain("'data.sources.0.samples' (--set data.sources.llava.samples=0)");
            error.Should().BeEmpty();
        }
        finally
        {
            File.Delete(recipe);
        }
    }

    [Fact]
    public async Task A_good_recipe_exits_with_0_and_counts_its_records()
    {
        string recipe = WriteRecipe();
        string data = Directory.CreateTempSubdirectory("visualchat-").FullName;
        try
        {
            WorldWriter.Write(data, new() { Samples = 40, Seed = 1 }, CancellationToken.None);

            (int exitCode, string output, string error) = await Run("validate", recipe, "--data", data);

            (exitCode, error).Should().Be((0, ""));
            output.Should().MatchRegex(@"llava +\d+ +\d+")
                .And.EndWith($"{recipe} is valid with the data in {data}.{Environment.NewLine}");
        }
        finally
        {
            File.Delete(recipe);
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Without_a_recipe_the_usage_is_wrong()
    {
        (int exitCode, _, string error) = await Run("validate");

        exitCode.Should().Be(2);
        error.Should().Contain("error: ").And.Contain("visualchat validate --help");
    }

    private static string WriteRecipe()
    {
        string path = Path.GetTempFileName();
        string tokenizer = Path.Combine(AppContext.BaseDirectory, "Data", "tokens", "llama2-tokenizer.model");
        File.WriteAllText(
            path, $"name: x\ndata: {{ sources: [{{ name: llava }}], sample_world: {{}} }}\ntokenizer: {tokenizer}\n");
        return path;
    }

    private static async Task<(int ExitCode, string Output, string Error)> Run(params string[] arguments)
    {
        (StringWriter output, StringWriter error) = (new(), new());
        int exitCode = await CommandLine.RunAsync(arguments, output, error);
        return (exitCode, output.ToString(), error.ToString());
    }
}
