using VisualChat.Pipeline.Comparing;
using VisualChat.Pipeline.SampleWorld;
using VisualChat.Pipeline.Scoring;
using VisualChat.Pipeline.Training;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Tests.Comparing;

/// <summary>Made-up results: of two attentions with two seeds.</summary>
internal static class Reports
{
    /// <summary>
    /// <c>mmca</c> is trained with both seeds; <c>causal</c> with the first, and diverges with the
    /// second.
    /// </summary>
    /// <param name="note">Why it diverged, and what a model answered.</param>
    /// <param name="hasQuestions">Whether held-out questions were asked.</param>
    public static ComparisonReport Of(string note = "the loss was not finite", bool hasQuestions = true)
    {
        ComparisonPlan plan = ComparisonPlanTests.Plan(2, "model.attention=mmca,causal");
        return new ComparisonReport(plan,
        [
            new RunReport(plan.Runs[0], Result(right: 2), [Point(0, 3, 1), Point(10, 1, 6)], null),
            new RunReport(plan.Runs[1], Result(right: 1), [Point(0, 3.5, 1), Point(10, 2, 4)], null),
            new RunReport(plan.Runs[2], Result(right: 1), [Point(0, 5, 0), Point(10, 1.5, 4)], null),
            new RunReport(plan.Runs[3], Result(right: 0) with { Diverged = note }, [Point(0, 4, 1)], null),
        ]);

        RunPoint Point(int step, double loss, int right) => new(
            step, 6 * step, 0.5 * step, loss, loss / 10, hasQuestions ? new AnsweredQuestions(8, right) : null);

        RunResult Result(int right) => new()
        {
            Basis = new TrainingBasis { PlanFingerprint = "", Recipe = "", Towers = null },
            TrainedNumbers = 1234,
            Device = "cpu",
            PeakMemoryBytes = 2_000_000_000,
            Diverged = null,
            Questions = hasQuestions
                ? [Question("picture-000001", right > 0), Question("pair-000002", right > 1)]
                : null,
            Conversations = [new AnsweredConversation("one", [note])],
        };

        static HeldOutQuestion Question(string conversation, bool isRight) =>
            new(conversation, 0, ClosedKind.Color, "Which color?", "red", isRight ? "red" : "blue", "green");
    }
}
