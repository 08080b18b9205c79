using CsCheck;
using VisualChat.Pipeline.Randomness;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Tests.SampleWorld;

public sealed class ImageSetTruthTests
{
    private const int Pairs = 300;

    [Fact]
    public void The_change_named_is_the_one_found_by_comparing_the_two_pictures() => Gen.Long.Sample(
        seed =>
        {
            var random = new KeyedRandom(seed, "test", 0, "pair");
            Comparison pair = Comparison.General(ref random, heldOut: false, most: 5);
            SceneObject[] gone = [.. pair.First.Objects.Except(pair.Second.Objects)];
            SceneObject[] come = [.. pair.Second.Objects.Except(pair.First.Objects)];
            (string kind, SceneObject changed) = (gone, come) switch
            {
                ([], [var added]) => ("appeared", added),
                ([var removed], []) => ("disappeared", removed),
                ([var before], [var after]) when before with { Color = after.Color } == after => ("color", before),
                ([var before], [var after]) when before with { Size = after.Size } == after => ("size", before),
                ([var before], [var after]) when before with { Column = after.Column, Row = after.Row } == after =>
                    ("position", before),
                _ => ("several changes", default),
            };
            ImageSetQuestions.Change(ref random, pair.Changes[0]).Answer.Should().Be(kind);
            ImageSetQuestions.ChangedObject(ref random, pair.Changes[0])
                .Answer.Should()
                .Be(QuestionReader.NameOf(changed));
        },
        iter: Pairs);

    [Fact]
    public void Which_image_has_more_is_found_by_counting_in_both() => Gen.Long.Sample(
        seed =>
        {
            var random = new KeyedRandom(seed, "test", 0, "pair");
            Scene first = SceneDrawing.Draw(ref random, 1, 6, heldOut: false);
            Scene second = SceneDrawing.Draw(ref random, 1, 6, heldOut: false);
            ClosedQuestion closed = ImageSetQuestions.MoreInImage(ref random, first, second);
            int inFirst = QuestionReader.Read(closed.Question, first).Single().Length;
            int inSecond = QuestionReader.Read(closed.Question, second).Single().Length;
            closed.Answer.Should()
                .Be(inFirst > inSecond ? "image 1" : inSecond > inFirst ? "image 2" : "same", closed.Question);
        },
        iter: Pairs);

    [Fact]
    public void A_total_is_found_by_counting_in_all() => Gen.Long.Sample(
        seed =>
        {
            var random = new KeyedRandom(seed, "test", 0, "pair");
            Scene[] scenes =
            [
                SceneDrawing.Draw(ref random, 1, 6, heldOut: false),
                SceneDrawing.Draw(ref random, 1, 6, heldOut: false),
            ];
            ClosedQuestion closed = ImageSetQuestions.Total(ref random, scenes);
            closed.Answer.Should()
                .Be(
                    $"{scenes.Sum(scene => QuestionReader.Read(closed.Question, scene).Single().Length)}",
                    closed.Question);
        },
        iter: Pairs);

    [Fact]
    public void Two_subtle_differences_touch_different_places() => Gen.Long.Sample(
        seed =>
        {
            var random = new KeyedRandom(seed, "test", 0, "pair");
            Comparison pair = Comparison.Subtle(ref random);
            int[] cells =
            [
                .. pair.Changes.SelectMany(change => new[] { change.Before.Cell, change.After.Cell }.Distinct()),
            ];
            cells.Should().OnlyHaveUniqueItems();
            pair.First.Objects.Except(pair.Second.Objects)
                .Concat(pair.Second.Objects.Except(pair.First.Objects))
                .Should()
                .NotBeEmpty();
        },
        iter: Pairs);

    [Fact]
    public void In_a_clip_one_object_crosses_the_picture_in_the_direction_named() => Gen.Long.Sample(
        seed =>
        {
            var random = new KeyedRandom(seed, "test", 0, "clip");
            Clip clip = Clip.Draw(ref random);
            SceneObject[] stays =
            [
                .. clip.Frames[0].Objects.Intersect(clip.Frames[1].Objects).Intersect(clip.Frames[2].Objects),
            ];
            SceneObject[] moves = [.. clip.Frames.Select(frame => frame.Objects.Except(stays).Single())];
            string direction =
                moves[2].Column == moves[0].Column + 2 && moves[2].Row == moves[0].Row ? "right"
                : moves[2].Column == moves[0].Column - 2 && moves[2].Row == moves[0].Row ? "left"
                : moves[2].Row == moves[0].Row + 2 && moves[2].Column == moves[0].Column ? "down"
                : moves[2].Row == moves[0].Row - 2 && moves[2].Column == moves[0].Column ? "up"
                : "askew";
            clip.Direction.Should().Be(direction);
            moves[1].Cell.Should().Be((moves[0].Cell + moves[2].Cell) / 2);
            stays.Should()
                .NotContain(
                    item => QuestionReader.NameOf(item) == QuestionReader.NameOf(moves[0]),
                    "the mover must have a name of its own");
        },
        iter: Pairs);

    [Fact]
    public void A_room_seen_in_views_has_the_objects_that_the_views_show() => Gen.Long.Sample(
        seed =>
        {
            var random = new KeyedRandom(seed, "test", 0, "room");
            Room room = Room.Draw(ref random);
            room.Views.Should().OnlyContain(view => view.Objects.Count > 0);
            room.Views.SelectMany(view => view.Objects).Select(QuestionReader.NameOf).Distinct()
                .Should().BeEquivalentTo(room.Objects.Select(QuestionReader.NameOf)).And.OnlyHaveUniqueItems();
        },
        iter: Pairs);

    [Fact]
    public void Each_picture_of_a_tale_differs_from_the_one_before_by_its_event() => Gen.Long.Sample(
        seed =>
        {
            var random = new KeyedRandom(seed, "test", 0, "tale");
            Tale tale = Tale.Draw(ref random);
            tale.Scenes.Count.Should().BeInRange(3, 5);
            for (int index = 0; index < tale.Events.Count; index++)
            {
                int differing = tale.Scenes[index].Objects.Except(tale.Scenes[index + 1].Objects)
                    .Count() + tale.Scenes[index + 1]
                    .Objects.Except(tale.Scenes[index].Objects)
                    .Count();
                differing.Should().Be(tale.Events[index].Kind is ChangeKind.Appeared or ChangeKind.Disappeared ? 1 : 2);
            }
        },
        iter: Pairs);
}
