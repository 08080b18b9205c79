using VisualChat.Pipeline.Answering;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Tests.Answering;

/// <summary>Question files have the form of the released system's evaluation.</summary>
public sealed class QuestionFileTests : IDisposable
{
    private const string WrongRoot =
        "it must be an object of conversations: " +
        """{"name": [["question", "image1.jpg image2.jpg"], ["follow-up question"]]}.""";

    private const string RoundForms = """["question"], ["question", "paths"] or ["question", ["path", ...]].""";

    private const string NotText = "it has bytes that are not UTF-8, or half of a surrogate pair.";

    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("visualchat-").FullName, "q.json");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Fact]
    public void Conversations_come_in_order_with_images_as_one_text_or_several()
    {
        QuestionFile file = Read("""
            {
              "b": [["One?", "x.jpg y.jpg"], ["Two?"]],
              "a": [["Three?", ["x y.jpg", "z.jpg"]], ["Four?", ""], ["Five?", null], ["Six?", []]]
            }
            """);

        file.Conversations.Select(conversation => conversation.Name).Should().Equal("b", "a");
        file.Conversations[0].Rounds.Should().BeEquivalentTo(
            [new AskedRound("One?", ["x.jpg y.jpg"]), new AskedRound("Two?", [])],
            options => options.WithStrictOrdering());
        file.Conversations[1].Rounds.Select(round => round.Images.Count).Should().Equal(2, 0, 0, 0);
    }

    [Theory]
    [InlineData("[]", WrongRoot)]
    [InlineData("{}", WrongRoot)]
    [InlineData("""{"a": []}""", "'a' must be an array of rounds.")]
    [InlineData("""{"a": [["x"]], "a": [["y"]]}""", "'a' is there twice.")]
    [InlineData("""{"a": [["x"], [1]]}""", "round 2 of 'a' must be " + RoundForms)]
    [InlineData("""{"a": ["x"]}""", "round 1 of 'a' must be " + RoundForms)]
    [InlineData("""{"a": [["x", [1]]]}""", "round 1 of 'a' must be " + RoundForms)]
    [InlineData("""{"a": null}""", "'a' must be an array of rounds.")]
    [InlineData("""{"a": {"b": [["x"]]}}""", "'a' must be an array of rounds.")]
    [InlineData("""{"a": [null]}""", "round 1 of 'a' must be " + RoundForms)]
    [InlineData("""{"a": [["x"], [null, "y.jpg"]]}""", "round 2 of 'a' must be " + RoundForms)]
    [InlineData("""{"a": [[]]}""", "round 1 of 'a' must be " + RoundForms)]
    [InlineData("""{"a": [["x", "y.jpg", []]]}""", "round 1 of 'a' must be " + RoundForms)]
    [InlineData("""{"a": [["x", {"b": [1]}]]}""", "round 1 of 'a' must be " + RoundForms)]
    [InlineData("""{"a": [["\ud800"]]}""", "round 1 of 'a' is not text: " + NotText)]
    [InlineData("""{"\ud800": [["x"]]}""", "The name of a conversation is not text: " + NotText)]
    public void Another_form_is_refused_with_what_is_wrong(string json, string problem)
    {
        Action reading = () => Read(json);
        reading.Should().Throw<InputException>().WithMessage($"{_path}: {problem}");
    }

    [Fact]
    public void So_are_a_file_that_is_not_json_and_one_that_is_missing()
    {
        Action broken = () => Read("{\"a\": ");
        broken.Should().Throw<InputException>().WithMessage($"{_path}: it is not JSON: *");
        Action missing = () => QuestionFile.Read(_path + "x");
        missing.Should().Throw<InputException>().WithMessage("There is no question file*");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"a\": [[\"x\"]]} {}")]
    [InlineData("{\"a\": [[\"x\"]]")]
    [InlineData("{\"a\": [[\"x\"]],}")]
    public void Json_that_is_not_one_whole_document_is_refused(string json)
    {
        Action reading = () => Read(json);
        reading.Should().Throw<InputException>().WithMessage($"{_path}: it is not JSON: *");
    }

    [Fact]
    public void A_file_of_another_kind_has_its_first_problems_listed_and_takes_no_memory()
    {
        string many = $"{{\"a\": [{string.Join(',', Enumerable.Repeat("0", 1_000_000))}]}}";
        long before = GC.GetAllocatedBytesForCurrentThread();

        Action reading = () => Read(many);

        reading.Should().Throw<InputException>().Which.Problems.Should().HaveCount(21);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(10_000_000);
    }

    [Fact]
    public void A_device_is_refused_and_not_read()
    {
        Action reading = () => QuestionFile.Read("/dev/zero");
        reading.Should().Throw<InputException>().WithMessage("The question file '/dev/zero' cannot be read: *device*");
    }

    private QuestionFile Read(string json)
    {
        File.WriteAllText(_path, json);
        return QuestionFile.Read(_path);
    }
}
