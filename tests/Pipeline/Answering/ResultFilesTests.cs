using VisualChat.Pipeline.Answering;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Tests.Answering;

/// <summary>Results are kept conversation by conversation, and written whole.</summary>
public sealed class ResultFilesTests : IDisposable
{
    private static readonly Dictionary<string, string> Basis = new() { ["--seed"] = "1", ["device"] = "cpu" };
    private static readonly AskedConversation First =
        new("first", [new AskedRound("Which, \"this\"?", ["x.jpg y.jpg"]), new AskedRound("Why?", [])]);

    private static readonly AskedConversation Second = new("=second", [new AskedRound("So?", ["z.jpg"])]);

    private static readonly AnsweredRound[] FirstAnswers = [new("two\nlines, \"so\"", null), new("=1+1", null)];
    private static readonly AnsweredRound[] SecondAnswers = [new("ja 猫", null)];

    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    private string Csv => Path.Combine(_folder, "r.csv");

    private string Progress => Path.Combine(_folder, "r.progress.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Text_of_any_kind_is_written_as_it_is()
    {
        WriteBoth();
        File.ReadAllText(Csv).Should().Be(
            "test_name,image_path,question,answer\r\n" +
            "first,x.jpg y.jpg,\"Which, \"\"this\"\"?\",\"two\nlines, \"\"so\"\"\"\r\n" +
            "first,,Why?,=1+1\r\n" +
            "=second,z.jpg,So?,ja 猫\r\n");
        File.ReadAllLines(Path.Combine(_folder, "r.jsonl")).Should().Equal(
            """{"test_name":"first","image_path":"x.jpg y.jpg","question":"Which, \"this\"?","answer":""" +
            "\"two\\nlines, \\\"so\\\"\"}",
            """{"test_name":"first","image_path":"","question":"Why?","answer":"=1+1"}""",
            """{"test_name":"=second","image_path":"z.jpg","question":"So?","answer":"ja 猫"}""");
    }

    [Fact]
    public void A_cell_that_a_spreadsheet_would_compute_becomes_text_if_asked_for()
    {
        string[] answers = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "1-1", "'=1"];
        var asked = new AskedConversation("=second", [.. answers.Select(_ => new AskedRound("So?", []))]);
        using ResultFiles files = ResultFiles.Open(Csv, Basis, fresh: false);
        files.Add(asked, [.. answers.Select(answer => new AnsweredRound(answer, null))]);
        files.Write([asked], isSpreadsheetSafe: true);
        string[] cells = ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "1-1", "'=1"];
        File.ReadAllText(Csv).Should().Be(
            "test_name,image_path,question,answer\r\n"
            + string.Concat(cells.Select(cell => cell.StartsWith('\'') && cell != "'=1"
                ? $"\"'=second\",,So?,\"{cell}\"\r\n"
                : $"\"'=second\",,So?,{cell}\r\n")));
        File.ReadAllText(files.JsonLines).Should().Contain("\"answer\":\"=1+1\"");
    }

    [Fact]
    public void Wherever_a_process_is_killed_the_next_one_knows_what_was_finished_and_ends_the_same()
    {
        WriteBoth();
        byte[] csv = File.ReadAllBytes(Csv), progress = File.ReadAllBytes(Progress);
        for (int length = 0; length <= progress.Length; length++)
        {
            File.Delete(Csv);
            File.WriteAllBytes(Progress, progress[..length]);
            int ends = progress.AsSpan(0, length).Count((byte)'\n');
            using (ResultFiles files = ResultFiles.Open(Csv, Basis, fresh: false))
            {
                (files.Find(First) is not null).Should().Be(ends > 1, "{0} bytes were written", length);
                (files.Find(Second) is not null).Should().Be(ends > 2, "{0} bytes were written", length);
                AddMissing(files);
                files.Write([First, Second]);
            }

            File.ReadAllBytes(Csv).Should().Equal(csv);
            File.ReadAllBytes(Progress).Should().Equal(progress);
        }
    }

    [Fact]
    public void What_failed_says_so_and_is_asked_again()
    {
        using ResultFiles files = ResultFiles.Open(Csv, Basis, fresh: false);
        files.Add(Second, [new AnsweredRound("", "There is no image 'z.jpg'.")]);
        files.Find(Second).Should().BeNull();
        files.Write([Second]);
        File.ReadAllText(Csv).Should().EndWith("=second,z.jpg,So?,error: There is no image 'z.jpg'.\r\n");
        File.ReadAllText(files.JsonLines).Should().Be(
            """{"test_name":"=second","image_path":"z.jpg","question":"So?","answer":"","error":""" +
            "\"There is no image 'z.jpg'.\"}\n");
        files.Add(Second, SecondAnswers);
        files.Find(Second).Should().Equal(SecondAnswers);
    }

    [Fact]
    public void Answers_made_with_other_settings_are_refused_unless_thrown_away()
    {
        WriteBoth();
        var otherSeed = new Dictionary<string, string> { ["--seed"] = "2", ["device"] = "cpu" };
        Action other = () => ResultFiles.Open(Csv, otherSeed, fresh: false);
        other.Should().Throw<InputException>().WithMessage(
            $"'{Csv}' was begun with something else: --seed was 1 and is 2. " +
            "Name another file with --out, or start over with --fresh.");

        using ResultFiles files = ResultFiles.Open(Csv, otherSeed, fresh: true);
        files.Find(First).Should().BeNull();
        File.Exists(Csv).Should().BeFalse();
    }

    [Fact]
    public void A_file_of_another_origin_is_not_written_over()
    {
        File.WriteAllText(Csv, "mine");
        Action foreign = () => ResultFiles.Open(Csv, Basis, fresh: false);
        foreign.Should().Throw<InputException>().WithMessage(
            $"'{Csv}' is there already, and not from a run that this could continue. " +
            "Name another file with --out, or write over it with --fresh.");
        Action other = () => ResultFiles.Open(Path.Combine(_folder, "r.txt"), Basis, fresh: false);
        other.Should().Throw<InputException>()
            .WithMessage("--out is '*r.txt'; it must end with .csv. The JSON Lines are written beside it.");
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"name\":\"first\",\"rounds\":null}")]
    [InlineData("{\"name\":\"first\",\"roundz\":[]}")]
    [InlineData("{\"name\":\"first\",\"rounds\":[{\"answer\":null}]}")]
    public void A_damaged_line_of_what_is_answered_already_is_told(string line)
    {
        ResultFiles.Open(Csv, Basis, fresh: false).Dispose();
        File.AppendAllText(Progress, line + "\n");
        Action resume = () => ResultFiles.Open(Csv, Basis, fresh: false);
        resume.Should().Throw<WorkException>().WithMessage($"'{Progress}' is damaged: * Start over with --fresh.");
    }

    [Fact]
    public void Two_processes_do_not_write_the_same_results()
    {
        using ResultFiles files = ResultFiles.Open(Csv, Basis, fresh: false);
        Action second = () => ResultFiles.Open(Csv, Basis, fresh: false);
        second.Should().Throw<WorkException>().WithMessage("*If another run is writing it, wait for it.");
    }

    private void WriteBoth()
    {
        using ResultFiles files = ResultFiles.Open(Csv, Basis, fresh: false);
        AddMissing(files);
        files.Write([First, Second]);
    }

    private static void AddMissing(ResultFiles files)
    {
        if (files.Find(First) is null)
            files.Add(First, FirstAnswers);
        if (files.Find(Second) is null)
            files.Add(Second, SecondAnswers);
    }
}
