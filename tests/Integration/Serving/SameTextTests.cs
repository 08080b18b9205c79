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
        ProgramResult chat = VisualChatProgram.RunWithInput(
            model.Folder, $"What is in these?\nTell me more.\nAnd in this one? {model.Images[2]}\n",
            "chat", SampleTraining.Recipe, "--checkpoint", TrainedModel.Checkpoint, "--device", "cpu", "--image", model.Images[0], "--image", model.Images[1],
            "--temperature", $"{temperature}", "--seed", $"{Seed}", "--max-tokens", $"{Most}", "--json").ShouldExitWith(0);
        JsonElement[] rounds = [.. JsonDocument.Parse(chat.Output).RootElement.GetProperty("rounds").EnumerateArray()];
        rounds.Select(round => round.GetProperty("images").GetArrayLength()).Should().Equal(2, 0, 1);

        model.Folder.Write("same.json", JsonSerializer.Serialize(new
        {
            talk = new object[] { new object[] { "What is in these?", model.Images.Take(2) }, new[] { "Tell me more." }, new[] { "And in this one?", model.Images[2] } },
        }));
        VisualChatProgram.Run(
            model.Folder, "generate", SampleTraining.Recipe, "--checkpoint", TrainedModel.Checkpoint, "--device", "cpu", "--questions", "same.json", "--out", $"same-{temperature}.csv",
            "--temperature", $"{temperature}", "--seed", $"{Seed}", "--max-tokens", $"{Most}").ShouldExitWith(0);
        File.ReadLines(model.Folder.File($"same-{temperature}.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("answer").GetString())
            .Should().Equal(rounds.Select(round => round.GetProperty("answer").GetString()));

        await using ServeProcess server = ServeProcess.Start(model);
        List<JsonObject> messages = [];
        foreach (JsonElement round in rounds)
        {
            string question = round.GetProperty("question").GetString()!, answer = round.GetProperty("answer").GetString()!;
            answer.Should().NotBeEmpty();
            messages.Add(Asking.User(question, [.. round.GetProperty("images").EnumerateArray().Select(image => model.DataUri(image.GetProperty("path").GetString()!))]));
            Asking.TextOf(await server.AskAsync(Asking.Body(messages, temperature, Seed, Most))).Should().Be(answer);
            (await Asking.StreamedTextAsync(await server.PostAsync(Asking.Body(messages, temperature, Seed, Most, stream: true)))).Should().Be(answer);
            messages.Add(Asking.Assistant(answer));
        }
    }
}
