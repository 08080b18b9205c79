using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// Three frames in which one object crosses the picture along a row or a column, and what is asked
/// about them: TVC's episodes.
/// </summary>
/// <param name="Frames">The frames in order.</param>
/// <param name="Path">The moving object, frame by frame.</param>
internal sealed record Clip(IReadOnlyList<Scene> Frames, IReadOnlyList<SceneObject> Path)
{
    /// <summary>A clip with no held-out frame.</summary>
    public static Clip Draw(ref KeyedRandom random)
    {
        while (true)
        {
            Scene empty = SceneDrawing.Empty(ref random);
            int line = random.Next(Scene.GridSide);
            bool sideways = random.Next(2) == 0;
            bool backwards = random.Next(2) == 0;
            SceneObject mover = SceneDrawing.DrawObject(ref random, 0);
            SceneObject[] path = [.. Enumerable.Range(0, Scene.GridSide)
                .Select(step => backwards ? Scene.GridSide - 1 - step : step)
                .Select(
                    step => sideways
                        ? mover with { Column = step, Row = line }
                        : mover with { Column = line, Row = step })];

            int[] free = [.. Enumerable.Range(0, Scene.Cells).Where(cell => path.All(step => step.Cell != cell))];
            random.Shuffle<int>(free);
            var others = new SceneObject[random.NextInclusive(1, 3)];
            for (int index = 0; index < others.Length; index++)
            {
                do
                    others[index] = SceneDrawing.DrawObject(ref random, free[index]);
                while (others[index].SharesName(mover));
            }

            Scene[] frames = [.. path.Select(step => empty.With(others.Append(step)))];
            if (frames.All(frame => !frame.IsHeldOut))
                return new Clip(frames, path);
        }
    }

    /// <summary>The canonical short answer to "in which direction".</summary>
    public string Direction =>
        (Math.Sign(Path[^1].Column - Path[0].Column), Math.Sign(Path[^1].Row - Path[0].Row)) switch
        {
            (1, _) => "right",
            (-1, _) => "left",
            (_, 1) => "down",
            _ => "up",
        };

    /// <summary>The clip with up to <paramref name="rounds"/> different rounds.</summary>
    public Episode Ask(ref KeyedRandom random, int rounds)
    {
        Span<int> forms = [0, 1, 2, 3, 4];
        random.Shuffle(forms);
        var all = new List<Round>(rounds);
        foreach (int form in forms[..rounds])
            all.Add(
                form == 0
                    ? Story(ref random)
                    : PictureRounds.Ask(ref random, Closed(ref random, form), brief: random.Next(4) > 0));
        return new Episode(Frames, all);
    }

    private Round Story(ref KeyedRandom random)
    {
        string question = Wording.Pick(ref random,
            "What happens in this clip?",
            "Describe what moves in these frames.",
            "These frames follow one another. What do they show?",
            "What is going on from the first frame to the last?");
        string mover = ObjectPhrase.Of(Path[0]).Indefinite;
        string others = Wording.Contents(Frames[0].With(Frames[0].Objects.Where(item => item != Path[0])));
        string from = Wording.Place(Path[0].Cell);
        string through = Wording.Place(Path[1].Cell);
        string to = Wording.Place(Path[2].Cell);
        return new Round(question, Wording.Pick(ref random,
            $"{Wording.Sentence(mover)} moves {Direction}, from the {from} through the {through} to the {to}. The " +
            $"rest stays in place: {others}.",
            $"While {others} {(Frames[0].Objects.Count == 2 ? "stays" : "stay")} in place, {mover} moves " +
            $"{Direction} from the {from} to the {to}.",
            $"{Wording.Sentence(mover)} starts in the {from}, is in the {through} in the second frame and ends in " +
            $"the {to}."));
    }

    private ClosedQuestion Closed(ref KeyedRandom random, int form)
    {
        string name = ObjectPhrase.Name(Path[0]);
        string to = Wording.Place(Path[2].Cell);
        return form switch
        {
            1 => new ClosedQuestion(ClosedKind.Mover,
                Wording.Pick(
                    ref random,
                    "Which object moves?",
                    "What is moving in these frames?",
                    "Which object does not stay in its place?"),
                name, Wording.Pick(ref random, $"The {name} moves.", $"It is the {name} that moves.")),
            2 => new ClosedQuestion(ClosedKind.Direction,
                Wording.Pick(
                    ref random,
                    $"In which direction does the {name} move?",
                    $"Which way does the {name} go: left, right, up or down?"),
                Direction, $"The {name} moves {Direction}."),
            3 => new ClosedQuestion(ClosedKind.Position,
                Wording.Pick(ref random, $"Where is the {name} in the last frame?", $"Where does the {name} end?"),
                to,
                $"At the end, the {name} is in the {to}."),
            _ => new ClosedQuestion(ClosedKind.Count,
                Wording.Pick(
                    ref random, "How many objects are in each frame?", "How many objects does every frame show?"),
                $"{Frames[0].Objects.Count}", $"Each frame shows {Wording.Number(Frames[0].Objects.Count)} objects."),
        };
    }
}
