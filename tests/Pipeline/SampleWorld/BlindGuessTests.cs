using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Tests.SampleWorld;

/// <summary>
/// What the held-out questions are worth: whoever does not look at the pictures must fail most of
/// them.
/// </summary>
public sealed class BlindGuessTests
{
    // Entries of one world: more than 2,000 questions, so that a share's standard error is about a
    // hundredth over all and, for kinds of some hundred, five.
    private static readonly ClosedQuestion[] Questions =
    [
        .. Enumerable.Range(0, 4_000).SelectMany(ordinal => HeldOutEntry.Draw(1234, ordinal).Closed),
    ];

    [Fact]
    public void The_commonest_answer_of_each_kind_is_right_for_at_most_a_quarter_of_all_questions()
    {
        Questions.Length.Should().BeGreaterThan(2_000);
        int right = Questions.GroupBy(closed => closed.Kind).Sum(Commonest);

        // "More" offers its answers in the question: half of them are right blindly, whatever the
        // commonest answer.
        right += (
            Questions.Count(
                closed =>
                    closed.Kind == ClosedKind.More) / 2) - Commonest(Questions.Where(closed =>
                        closed.Kind == ClosedKind.More));
        ((double)right / Questions.Length).Should().BeLessThanOrEqualTo(0.25);
    }

    [Theory]
    [InlineData(ClosedKind.Color, 0.16)] // eight colors
    [InlineData(ClosedKind.Shape, 0.16)] // eight shapes
    [InlineData(ClosedKind.Position, 0.16)] // nine cells
    [InlineData(ClosedKind.Count, 0.32)] // 0 to 6, the small ones commoner
    [InlineData(ClosedKind.Total, 0.30)] // 0 to 12, the middle ones commoner
    [InlineData(ClosedKind.Extreme, 0.05)] // 64 names
    [InlineData(ClosedKind.Between, 0.15)] // 64 names, rarely asked
    [InlineData(ClosedKind.ChangedObject, 0.05)] // 64 names
    [InlineData(ClosedKind.Exists, 0.55)] // yes and no
    [InlineData(ClosedKind.Relation, 0.56)] // yes and no
    [InlineData(ClosedKind.Size, 0.58)] // small and large
    [InlineData(ClosedKind.MoreInImage, 0.42)] // image 1, image 2, same
    [InlineData(ClosedKind.Change, 0.25)] // five kinds
    public void The_commonest_answer_of_a_kind_is_right_no_oftener_than_its_bound(ClosedKind kind, double bound)
    {
        ClosedQuestion[] ofKind = [.. Questions.Where(closed => closed.Kind == kind)];
        ofKind.Length.Should().BeGreaterThan(20);
        ((double)Commonest(ofKind) / ofKind.Length).Should().BeLessThanOrEqualTo(bound);
    }

    [Fact]
    public void Of_two_answers_offered_neither_the_first_nor_the_second_is_the_better_guess()
    {
        int offered = 0;
        int first = 0;
        for (int ordinal = 0; ordinal < 2_000; ordinal++)
        {
            var random = new KeyedRandom(1234, "test", ordinal, "scene");
            Scene scene = SceneDrawing.Draw(ref random, 2, 6, heldOut: true);
            if (SceneQuestions.OfKind(ref random, scene, ClosedKind.More) is not { } closed)
                continue;
            offered++;
            first += closed.Question.Contains($"{closed.Answer} or ", StringComparison.Ordinal) ? 1 : 0;
        }

        offered.Should().BeGreaterThan(400);
        ((double)first / offered).Should().BeInRange(0.45, 0.55);
    }

    private static int Commonest(IEnumerable<ClosedQuestion> questions) =>
        questions.GroupBy(closed => closed.Answer).Max(same => same.Count());
}
