using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Tests.Training.Progress;

public sealed class JsonLinesTests
{
    [Fact]
    public void A_step_is_one_line_with_every_figure() => LineOf(Figures.Step(3)).Should().Be(
        """{"kind":"step","step":3,"steps":20,"epoch":1,"epochs":2,"loss":1.5,"learning_rate":"""
        + """0.001,"gradient_norm":0.25,"samples":4,"images":6,"label_tokens":40,"positions":"""
        + """400,"seconds":0.5,"wait_seconds":0.01,"skipped":null,"loss_scale":null}"""
        + "\n");

    [Fact]
    public void A_skipped_step_says_why_and_what_is_not_finite_is_null()
    {
        StepFigures skipped = Figures.Step(3, double.NaN) with
        {
            GradientNorm = double.PositiveInfinity,
            Skipped = "the loss is not finite",
            LossScale = 65536,
        };

        LineOf(skipped).Should().Be(
            """{"kind":"step","step":3,"steps":20,"epoch":1,"epochs":2,"loss":null,"learning_rate":"""
            + """0.001,"gradient_norm":null,"samples":4,"images":6,"label_tokens":40,"positions":"""
            + """400,"seconds":0.5,"wait_seconds":0.01,"skipped":"the loss is not finite","loss_scale":65536}"""
            + "\n");
    }

    [Fact]
    public void Evaluations_checkpoints_and_notes_have_their_kinds()
    {
        LineOf(Figures.Evaluation(0)).Should().Be(
            """{"kind":"evaluation","step":0,"loss":2.5,"labels":1200,"samples":30,"is_best":true}""" + "\n");
        LineOf(new CheckpointWritten(500, "checkpoints/step-00000500")).Should().Be(
            """{"kind":"checkpoint","step":500,"folder":"checkpoints/step-00000500"}""" + "\n");
        LineOf(new TrainingNote("two\nlines")).Should().Be("""{"kind":"note","text":"two\nlines"}""" + "\n");
    }

    [Fact]
    public void How_far_an_evaluation_is_makes_no_line() => LineOf(new EvaluationProgress(3, 30)).Should().BeEmpty();

    [Fact]
    public void A_loss_is_written_so_that_it_reads_back_to_the_last_bit()
    {
        const double loss = 0.1 + 0.2;

        LineOf(Figures.Step(1, loss)).Should().Contain("\"loss\":0.30000000000000004,");
    }

    private static string LineOf(TrainingEvent happened)
    {
        var output = new StringWriter();
        using var lines = new JsonLines(output);
        lines.Observe(happened);
        return output.ToString();
    }
}
