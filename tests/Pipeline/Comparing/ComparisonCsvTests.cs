using VisualChat.Pipeline.Comparing;

namespace VisualChat.Pipeline.Tests.Comparing;

public sealed class ComparisonCsvTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Each_evaluation_of_each_run_is_a_row_with_the_mean_and_deviation_over_the_seeds() =>
        Rows(Reports.Of()).Should().Equal(
            "variant,model.attention,seed,step,samples,evaluation_loss,evaluation_loss_mean,evaluation_loss_deviation,"
            + "token_accuracy,token_accuracy_mean,token_accuracy_deviation,questions,right_answers,right_share,"
            + "right_share_mean,right_share_deviation,seeds,train_seconds,trained_numbers,peak_memory_bytes,ending,"
            + "note",
            "mmca,mmca,5,0,0,3,4,1.41421356,0.3,0.4,0.141421356,8,1,0.125,0.0625,0.0883883476,2,0,1234,2000000000,"
            + "done,",
            "mmca,mmca,5,10,60,1,1.25,0.353553391,0.1,0.125,0.0353553391,8,6,0.75,0.625,0.176776695,2,5,1234,"
            + "2000000000,done,",
            "mmca,mmca,6,0,0,5,4,1.41421356,0.5,0.4,0.141421356,8,0,0,0.0625,0.0883883476,2,0,1234,2000000000,done,",
            "mmca,mmca,6,10,60,1.5,1.25,0.353553391,0.15,0.125,0.0353553391,8,4,0.5,0.625,0.176776695,2,5,1234,"
            + "2000000000,done,",
            "causal,causal,5,0,0,3.5,3.75,0.353553391,0.35,0.375,0.0353553391,8,1,0.125,0.125,0,2,0,1234,2000000000,"
            + "done,",
            "causal,causal,5,10,60,2,2,,0.2,0.2,,8,4,0.5,0.5,,1,5,1234,2000000000,done,",
            "causal,causal,6,0,0,4,3.75,0.353553391,0.4,0.375,0.0353553391,8,1,0.125,0.125,0,2,0,1234,2000000000,"
            + "diverged,the loss was not finite");

    [Fact]
    public void Without_held_out_questions_there_are_no_columns_for_them()
    {
        string[] rows = Rows(Reports.Of(hasQuestions: false));

        rows[0].Should().NotContain("questions").And.NotContain("right").And.Contain("token_accuracy");
        rows.Select(row => row.Count(letter => letter == ',')).Distinct().Should().ContainSingle();
    }

    [Fact]
    public void A_run_that_has_not_begun_is_a_row_and_a_note_with_commas_is_one_cell()
    {
        ComparisonReport report = Reports.Of();
        RunReport failed = report.Runs[0] with { Result = null, Points = [], Problem = "no room, \"none\"" };

        Rows(report with { Runs = [failed, .. report.Runs.Skip(1)] })[1].Should().Be(
            "mmca,mmca,5,,,,,,,,,,,,,,0,,,,failed,\"no room, \"\"none\"\"\"");
    }

    private string[] Rows(ComparisonReport report)
    {
        ComparisonCsv.Write(report, _folder);
        return File.ReadAllLines(ComparisonCsv.PathIn(_folder));
    }
}
