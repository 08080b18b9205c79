using CsCheck;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Tests.SampleWorld;

public sealed class SceneQuestionTruthTests
{
    private const int Scenes = 500;

    public static TheoryData<ClosedKind> KindsAboutOnePicture =>
    [
        ClosedKind.Color,
        ClosedKind.Shape,
        ClosedKind.Count,
        ClosedKind.Exists,
        ClosedKind.Relation,
        ClosedKind.Position,
        ClosedKind.Extreme, ClosedKind.Between, ClosedKind.Size, ClosedKind.More, ClosedKind.Remaining,
    ];

    [Theory]
    [MemberData(nameof(KindsAboutOnePicture))]
    public void An_answer_read_off_the_scene_by_the_words_of_the_question_is_the_answer_given(ClosedKind kind)
    {
        int asked = 0;
        Gen.Long.Sample(
            seed =>
            {
                var random = new KeyedRandom(seed, "test", 0, "scene");
                Scene scene = SceneDrawing.Draw(ref random, 1, 6, heldOut: false);
                if (SceneQuestions.OfKind(ref random, scene, kind) is not { } closed)
                    return;
                Interlocked.Increment(ref asked);
                closed.Answer.Should().Be(AnswerByReading(closed, scene), closed.Question);
            },
            iter: Scenes);
        asked.Should().BeGreaterThan(Scenes / 10, "at least one scene in ten allows each kind of question");
    }

    [Fact]
    public void A_sentence_says_what_the_short_answer_says() => Gen.Long.Sample(
        seed =>
        {
            var random = new KeyedRandom(seed, "test", 0, "scene");
            Scene scene = SceneDrawing.Draw(ref random, 1, 6, heldOut: false);
            ClosedQuestion closed = SceneQuestions.Any(ref random, scene);
            string[] number = ["no ", "one ", "two ", "three ", "four ", "five ", "six "];
            string said = int.TryParse(closed.Answer, out int count) ? number[count] : closed.Answer;
            closed.Statement.Should().ContainEquivalentOf(said, closed.Question);
        },
        iter: Scenes);

    [Fact]
    public void Every_object_is_on_a_cell_of_its_own() => Gen.Long.Sample(
        seed =>
        {
            var random = new KeyedRandom(seed, "test", 0, "scene");
            Scene scene = SceneDrawing.Draw(ref random, 1, 6, heldOut: false);
            scene.Objects.Select(item => item.Cell)
                .Should()
                .OnlyHaveUniqueItems()
                .And.OnlyContain(cell => cell >= 0 && cell < 9);
        },
        iter: Scenes);

    private static string AnswerByReading(ClosedQuestion closed, Scene scene)
    {
        string question = closed.Question;
        SceneObject[][] phrases = QuestionReader.Read(question, scene);
        switch (closed.Kind)
        {
            case ClosedKind.Color:
                return QuestionReader.ColorOf(phrases.Single().Single());
            case ClosedKind.Shape:
                return QuestionReader.ShapeOf(phrases.Single().Single());
            case ClosedKind.Size:
                return QuestionReader.SizeOf(phrases.Single().Single());
            case ClosedKind.Position:
                return QuestionReader.PlaceOf(phrases.Single().Single());
            case ClosedKind.Count:
                return phrases.Single().Length.ToString();
            case ClosedKind.Exists:
                return phrases.Single().Length > 0 ? "yes" : "no";
            case ClosedKind.Relation:
                SceneObject item = phrases[0].Single();
                SceneObject other = phrases[1].Single();
                bool holds =
                    question.Contains("to the left of", StringComparison.Ordinal) ? item.Column < other.Column
                    : question.Contains("to the right of", StringComparison.Ordinal) ? item.Column > other.Column
                    : question.Contains("above", StringComparison.Ordinal) ? item.Row < other.Row
                    : question.Contains("below", StringComparison.Ordinal) && item.Row > other.Row;
                return holds ? "yes" : "no";
            case ClosedKind.Extreme:
                IEnumerable<IGrouping<int, SceneObject>> sides = scene.Objects.GroupBy(item =>
                    question.Contains("left", StringComparison.Ordinal) ? item.Column
                    : question.Contains("right", StringComparison.Ordinal) ? -item.Column
                    : question.Contains("top", StringComparison.Ordinal)
                        || question.Contains("highest", StringComparison.Ordinal) ? item.Row
                    : -item.Row);
                return QuestionReader.NameOf(sides.MinBy(side => side.Key)!.Single());
            case ClosedKind.Between:
                SceneObject one = phrases[^2].Single();
                SceneObject two = phrases[^1].Single();
                return QuestionReader.NameOf(
                    scene.Objects.Single(
                        item => 2 * item.Column == one.Column + two.Column && 2 * item.Row == one.Row + two.Row));
            case ClosedKind.Remaining:
                int quantifier = Math.Max(
                    question.IndexOf(" every ", StringComparison.Ordinal),
                    question.IndexOf(" any ", StringComparison.Ordinal));
                return (scene.Objects.Count - QuestionReader.Read(question[quantifier..], scene)[0].Length)
                    .ToString();
            case ClosedKind.More:
                string[] words = question.TrimEnd('?').Replace(" objects", "", StringComparison.Ordinal).Split(' ');
                int Count(string word) => scene.Objects.Count(
                    item => QuestionReader.ColorOf(item) == word
                        || word.StartsWith(QuestionReader.ShapeOf(item), StringComparison.Ordinal));
                string first = words[^3];
                string second = words[^1];
                return Count(first) > Count(second) ? first : Count(second) > Count(first) ? second : "neither";
            default:
                throw new ArgumentOutOfRangeException(nameof(closed));
        }
    }
}
