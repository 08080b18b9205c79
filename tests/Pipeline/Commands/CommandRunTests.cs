using System.Net.Http.Json;
using System.Text.Json;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Serving;

namespace VisualChat.Pipeline.Tests.Commands;

/// <summary>Every command runs without a command line.</summary>
public sealed class CommandRunTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    private static readonly AnswerSettings FourTokens = new() { Sampling = new SamplingSettings { MaxNewTokens = 4 } };

    [Fact]
    public async Task Sample_data_writes_a_world()
    {
        using var console = new TestConsole();
        var options = new SampleDataOptions { Directory = trained.InRoot("world"), Samples = 40, Seed = 1 };

        int status = await SampleDataCommand.RunAsync(options, console.Streams, CancellationToken.None);

        status.Should().Be(ExitCode.Done);
        console.Output.Should().MatchRegex(@"llava +10 records\n").And.EndWith($"Data root: {options.Directory}\n");
    }

    [Fact]
    public async Task Validate_finds_a_recipe_with_its_sample_world_valid()
    {
        using var console = new TestConsole();
        var options = new ValidateOptions { Recipe = trained.Recipe, Cache = trained.Cache };

        int status = await ValidateCommand.RunAsync(options, console.Streams, CancellationToken.None);

        status.Should().Be(ExitCode.Done);
        console.Output.Should().Contain($"{trained.Recipe.Path} is valid with the data in ");
    }

    [Fact]
    public async Task Blend_shows_a_plan_and_makes_it()
    {
        using var planned = new TestConsole();
        using var made = new TestConsole();
        var options = new BlendOptions { Recipe = trained.Recipe, Cache = trained.Cache, Limit = 5, Json = true };
        BlendOptions dryRun = options with { DryRun = true };
        BlendOptions whole = options with { Output = trained.InRoot("blend") };

        int planStatus = await BlendCommand.RunAsync(dryRun, planned.Streams, CancellationToken.None);
        int status = await BlendCommand.RunAsync(whole, made.Streams, CancellationToken.None);

        (planStatus, status).Should().Be((ExitCode.Done, ExitCode.Done));
        JsonElement plan = JsonDocument.Parse(planned.Output).RootElement;
        JsonElement manifest = JsonDocument.Parse(made.Output).RootElement;
        manifest.GetProperty("plan_fingerprint").GetString().Should().NotBeNullOrEmpty()
            .And.Be(plan.GetProperty("plan_fingerprint").GetString());
        Directory.Exists(trained.InRoot("blend/data")).Should().BeTrue();
    }

    [Fact]
    public async Task Inspect_counts_the_samples_of_shards()
    {
        using var console = new TestConsole();
        var options = new InspectOptions { Folder = trained.Shards, Split = "train" };

        int status = await InspectCommand.RunAsync(options, console.Streams, CancellationToken.None);

        status.Should().Be(ExitCode.Done);
        console.Output.Should().MatchRegex(@"train: \d+ samples in 1 shard,");
    }

    [Fact]
    public void Train_blends_learns_and_asks_held_out_questions()
    {
        trained.ExitStatus.Should().Be(ExitCode.Done);
        trained.Error.Should().Contain("Drawing the sample world").And.Contain("Blended ").And.Contain("Trained ");
        string[] kinds = [.. trained.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()!)];
        kinds.Should().StartWith("evaluation").And.Contain("step").And.Contain("checkpoint").And.EndWith("score");
    }

    [Fact]
    public async Task Evaluate_measures_the_loss_of_a_split()
    {
        using var console = new TestConsole();
        var options = new EvaluateOptions
        {
            Recipe = trained.Recipe,
            Checkpoint = trained.Checkpoint,
            Shards = trained.Shards,
            Split = "validation",
            Device = "cpu",
        };

        int status = await EvaluateCommand.RunAsync(options, console.Streams, CancellationToken.None);

        status.Should().Be(ExitCode.Done);
        console.Output.Should().MatchRegex(@"^loss \d+\.\d{4} over [\d,]+ labels of \d+ samples\n$");
    }

    [Fact]
    public async Task Generate_answers_a_file_of_questions()
    {
        using var console = new TestConsole();
        File.WriteAllText(trained.InRoot("questions.json"), """{ "one": [["What is it?"], ["Why?"]] }""");
        var options = new GenerateOptions
        {
            Recipe = trained.Recipe,
            Checkpoint = trained.Checkpoint,
            Questions = trained.InRoot("questions.json"),
            Output = trained.InRoot("answers.csv"),
            Device = "cpu",
            Answers = FourTokens,
        };

        int status = await GenerateCommand.RunAsync(options, console.Streams, CancellationToken.None);

        status.Should().Be(ExitCode.Done);
        console.Output.Should().Be($"2 of 2 questions in 1 conversations answered: {options.Output}\n");
        File.ReadLines(options.Output).Should().HaveCountGreaterThan(1);
    }

    [Fact]
    public async Task Chat_answers_the_lines_of_its_input()
    {
        using var console = new TestConsole("What is it?\n/quit\n");
        var options = new ChatOptions
        {
            Recipe = trained.Recipe,
            Checkpoint = trained.Checkpoint,
            Device = "cpu",
            Json = true,
            Answers = FourTokens,
        };

        int status = await ChatCommand.RunAsync(options, console.Streams, CancellationToken.None);

        status.Should().Be(ExitCode.Done);
        JsonElement rounds = JsonDocument.Parse(console.Output).RootElement.GetProperty("rounds");
        rounds.GetArrayLength().Should().Be(1);
        rounds[0].GetProperty("question").GetString().Should().Be("What is it?");
    }

    [Fact]
    public async Task Export_writes_a_model_in_one_folder()
    {
        using var console = new TestConsole();
        var options = new ExportOptions
        {
            Recipe = trained.Recipe,
            Checkpoint = trained.Checkpoint,
            Output = trained.InRoot("exported"),
        };

        int status = await ExportCommand.RunAsync(options, console.Streams, CancellationToken.None);

        status.Should().Be(ExitCode.Done);
        Directory.GetFiles(options.Output).Select(Path.GetFileName).Should()
            .Contain(["config.json", "recipe.yaml", "tokenizer.model"]);
    }

    [Fact]
    public async Task Serve_answers_until_it_is_stopped()
    {
        using var console = new TestConsole();
        using var stopping = new CancellationTokenSource();
        var options = new ServeOptions
        {
            Recipe = trained.Recipe,
            Checkpoint = trained.Checkpoint,
            Device = "cpu",
            Json = true,
            Settings = new ServeSettings { Port = 0 },
        };

        Task<int> serving = ServeCommand.RunAsync(options, console.Streams, stopping.Token);
        Uri address = await AddressOf(console, serving);
        using var client = new HttpClient();
        JsonElement models = await client.GetFromJsonAsync<JsonElement>(new Uri(address, "v1/models"));
        await stopping.CancelAsync();

        (await serving).Should().Be(ExitCode.Done);
        models.GetProperty("data")[0].GetProperty("id").GetString().Should().Be("test");
        console.Error.Should().EndWith("Stopped; no answer was cut.\n");
    }

    private static async Task<Uri> AddressOf(TestConsole console, Task<int> serving)
    {
        while (!console.Output.EndsWith('\n') && !serving.IsCompleted)
            await Task.Delay(20);
        serving.IsCompleted.Should().BeFalse("a server stays until it is stopped");
        return new Uri(JsonDocument.Parse(console.Output).RootElement.GetProperty("address").GetString()!);
    }
}
