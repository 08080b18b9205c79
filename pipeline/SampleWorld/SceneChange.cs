using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>One object's change from a picture to the next.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Before">The object before; after, if it appeared.</param>
/// <param name="After">The object after; before, if it disappeared.</param>
/// <param name="Result">The picture after.</param>
internal sealed record SceneChange(ChangeKind Kind, SceneObject Before, SceneObject After, Scene Result)
{
    private const int MostObjects = 7;

    /// <summary>
    /// Draws a change of a scene that leaves some cells alone and stays on the wanted side of the
    /// held-out split.
    /// </summary>
    public static SceneChange Draw(
        ref KeyedRandom random, Scene scene, bool heldOut, IReadOnlyCollection<int> untouchedCells)
    {
        while (true)
        {
            if (OfKind(ref random, scene, (ChangeKind)random.Next(5), untouchedCells) is { } change
                && change.Result.IsHeldOut == heldOut)
                return change;
        }
    }

    /// <summary>
    /// Draws a change of a kind, on either side of the held-out split; null where the scene has no
    /// room for it.
    /// </summary>
    public static SceneChange? OfKind(
        ref KeyedRandom random, Scene scene, ChangeKind kind, IReadOnlyCollection<int> untouchedCells)
    {
        SceneObject[] movable = [.. scene.Objects.Where(item => !untouchedCells.Contains(item.Cell))];
        int[] free =
        [
            .. Enumerable.Range(0, Scene.Cells).Where(cell => scene.IsFree(cell) && !untouchedCells.Contains(cell)),
        ];
        if (kind == ChangeKind.Appeared)
        {
            if (scene.Objects.Count >= MostObjects || free.Length == 0)
                return null;
            SceneObject added = SceneDrawing.DrawObject(ref random, free[random.Next(free.Length)]);
            return new SceneChange(kind, added, added, scene.With(scene.Objects.Append(added)));
        }

        if (movable.Length == 0
            || (kind == ChangeKind.Moved && free.Length == 0)
            || (kind == ChangeKind.Disappeared && scene.Objects.Count < 2))
            return null;
        SceneObject before = movable[random.Next(movable.Length)];
        IEnumerable<SceneObject> others = scene.Objects.Where(item => item.Cell != before.Cell);
        if (kind == ChangeKind.Disappeared)
            return new SceneChange(kind, before, before, scene.With(others));
        SceneObject after = kind switch
        {
            ChangeKind.Recolored =>
                before with { Color = (ObjectColor)(((int)before.Color + random.NextInclusive(1, 7)) % 8) },
            ChangeKind.Resized => before with { Size = 1 - before.Size },
            _ => before.At(free[random.Next(free.Length)]),
        };
        return new SceneChange(kind, before, after, scene.With(others.Append(after)));
    }

    /// <summary>The canonical short answer to "what kind of change".</summary>
    public string KindAnswer => Kind switch
    {
        ChangeKind.Recolored => "color",
        ChangeKind.Resized => "size",
        ChangeKind.Moved => "position",
        ChangeKind.Appeared => "appeared",
        _ => "disappeared",
    };

    /// <summary>
    /// The object as the earlier picture shows it, else as the later one does: "red circle".
    /// </summary>
    public string Name => ObjectPhrase.Name(Before);

    /// <summary>
    /// The change as an event, without a capital or a stop: "the small star in the center turns
    /// from red to blue".
    /// </summary>
    public string Event(ref KeyedRandom random)
    {
        string place = Wording.Place(Before.Cell);
        string full = ObjectPhrase.Of(Before).Singular;
        string plain = new ObjectPhrase(Before.Size, null, Before.Shape).Singular;
        string sizeless = new ObjectPhrase(null, Before.Color, Before.Shape).Singular;
        return Kind switch
        {
            ChangeKind.Recolored => Wording.Pick(ref random,
                $"the {plain} in the {place} turns from {Wording.Of(Before.Color)} to {Wording.Of(After.Color)}",
                $"the {full} in the {place} becomes {Wording.Of(After.Color)}",
                $"the color of the {plain} in the {place} changes from {Wording.Of(Before.Color)} to " +
                $"{Wording.Of(After.Color)}"),
            ChangeKind.Resized => After.Size == ObjectSize.Large
                ? Wording.Pick(
                    ref random,
                    $"the {sizeless} in the {place} grows from small to large",
                    $"the {full} in the {place} becomes large")
                : Wording.Pick(
                    ref random,
                    $"the {sizeless} in the {place} shrinks from large to small",
                    $"the {full} in the {place} becomes small"),
            ChangeKind.Moved => Wording.Pick(ref random,
                $"the {full} moves from the {place} to the {Wording.Place(After.Cell)}",
                $"the {full} in the {place} goes to the {Wording.Place(After.Cell)}"),
            ChangeKind.Appeared => Wording.Pick(ref random,
                $"{ObjectPhrase.Of(After).Indefinite} appears in the {place}",
                $"{ObjectPhrase.Of(After).Indefinite} is added in the {place}"),
            _ => Wording.Pick(
                ref random, $"the {full} in the {place} disappears", $"the {full} in the {place} is taken away"),
        };
    }

    /// <summary>
    /// The change as a difference between two pictures: "the small star in the center is red in
    /// image 1 and blue in image 2".
    /// </summary>
    public string Difference(ref KeyedRandom random)
    {
        string place = Wording.Place(Before.Cell);
        string full = ObjectPhrase.Of(Before).Singular;
        return Kind switch
        {
            ChangeKind.Recolored =>
                Contrast(
                    ref random,
                    new ObjectPhrase(Before.Size, null, Before.Shape).Singular,
                    place,
                    Wording.Of(Before.Color),
                    Wording.Of(After.Color)),
            ChangeKind.Resized =>
                Contrast(
                    ref random,
                    new ObjectPhrase(null, Before.Color, Before.Shape).Singular,
                    place,
                    Wording.Of(Before.Size),
                    Wording.Of(After.Size)),
            ChangeKind.Moved => Wording.Pick(ref random,
                $"the {full} is in the {place} in image 1 and in the {Wording.Place(After.Cell)} in image 2",
                $"the {full} has moved from the {place} in image 1 to the {Wording.Place(After.Cell)} in image 2"),
            ChangeKind.Appeared => Wording.Pick(ref random,
                $"image 2 has {ObjectPhrase.Of(After).Indefinite} in the {place} that image 1 does not have",
                $"{ObjectPhrase.Of(After).Indefinite} has been added in the {place} of image 2"),
            _ => Wording.Pick(ref random,
                $"the {full} in the {place} of image 1 is missing from image 2",
                $"image 2 no longer has the {full} in the {place}"),
        };
    }

    private static string Contrast(ref KeyedRandom random, string name, string place, string before, string after) =>
        Wording.Pick(ref random,
        $"the {name} in the {place} is {before} in image 1 and {after} in image 2",
        $"in image 2 the {name} in the {place} is {after} instead of {before}",
        $"the {name} in the {place} has changed from {before} in image 1 to {after} in image 2");
}
