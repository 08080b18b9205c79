using System.Text.Json;
using System.Text.Json.Nodes;

namespace VisualChat.Integration.Tests.Serving;

/// <summary>One conversation and one seed, and every way to have it.</summary>
[Trait("Category", "Slow")]
[Collection(SharedModel.Name)]
public sealed class SameTextTests(TrainedModel model)
{
    private const int Most = 40;
    private const int Seed = 77;

    [Theory]
    [InlineData(0)]
    [InlineData(1.2)]
    public async Task The_terminal_a_file_of_questions_and_the_API_answer_with_the_same_text(double temperature)
    {
        string[] settings =
        [
            SampleTraining.Recipe, "--checkpoint", TrainedModel.Checkpoint, "--device", "cpu",
            "--temperature", $"{temperature}", "--seed", $"{Seed}", "--max-tokens", $"{Most}",
        ];
        string input = $"What is in these?\nTell me more.\nAnd in this one? {model.Images[2]}\n";
        string[] chatAbout = ["chat", .. settings, "--image", model.Images[0], "--image", model.Images[1], "--json"];
        ProgramResult chat = VisualChatProgram.RunWithInput(model.Folder, input, chatAbout).ShouldExitWith(0);
        JsonElement[] rounds = [.. JsonDocument.Parse(chat.Output).RootElement.GetProperty("rounds").EnumerateArray()];
        rounds.Select(round => round.GetProperty("images").GetArrayLength()).Should().Equal(2, 0, 1);

        model.Folder.Write("same.json", JsonSerializer.Serialize(new
        {
            talk = new object[]
            {
                new object[] { "What is in these?", model.Images.Take(2) },
                new[] { "Tell me more." },
                new[] { "And in this one?", model.Images[2] },
            },
        }));
        string[] generate = ["generate", .. settings, "--questions", "same.json", "--out", $"same-{temperature}.csv"];
        VisualChatProgram.Run(model.Folder, generate).ShouldExitWith(0);
        File.ReadLines(model.Folder.File($"same-{temperature}.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("answer").GetString())
            .Should().Equal(rounds.Select(round => round.GetProperty("answer").GetString()));

        await using ServeProcess server = ServeProcess.Start(model);
        List<JsonObject> messages = [];
        foreach (JsonElement round in rounds)
        {
            string question = round.GetProperty("question").GetString()!;
            string answer = round.GetProperty("answer").GetString()!;
            answer.Should().NotBeEmpty();
            IEnumerable<string> images = round.GetProperty("images").EnumerateArray()
                .Select(image => model.DataUri(image.GetProperty("path").GetString()!));
            messages.Add(Asking.User(question, [.. images]));
            string whole = Asking.Body(messages, temperature, Seed, Most);
            Asking.TextOf(await server.AskAsync(whole)).Should().Be(answer);
            string streamed = Asking.Body(messages, temperature, Seed, Most, stream: true);
            (await Asking.StreamedTextAsync(await server.PostAsync(streamed))).Should().Be(answer);
            messages.Add(Asking.Assistant(answer));
        }
    }
}
