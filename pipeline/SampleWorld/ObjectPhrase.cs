using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// A noun phrase for objects: "small red circle", "object in the top left". What is null is not
/// said.
/// </summary>
internal readonly record struct ObjectPhrase(
    ObjectSize? Size = null, ObjectColor? Color = null, Shape? Shape = null, int? Cell = null)
{
    /// <summary>"large red circle"; "object" where no shape is said.</summary>
    public string Singular => Adjectives + (Shape is { } shape ? Wording.Of(shape) : "object") + Place;

    /// <summary>"large red circles".</summary>
    public string Plural => Adjectives + (Shape is { } shape ? Wording.PluralOf(shape) : "objects") + Place;

    /// <summary>"the large red circle".</summary>
    public string Definite => "the " + Singular;

    /// <summary>"a large red circle", "an orange ring".</summary>
    public string Indefinite => (Singular[0] == 'o' ? "an " : "a ") + Singular;

    private string Adjectives =>
        (Size is { } size ? Wording.Of(size) + " " : "") + (Color is { } color ? Wording.Of(color) + " " : "");

    private string Place => Cell is { } cell ? " in the " + Wording.Place(cell) : "";

    /// <summary>"large red circle", with nothing left out but the place.</summary>
    public static ObjectPhrase Of(SceneObject item) => new(item.Size, item.Color, item.Shape);

    /// <summary>"red circle": the canonical short answer to "which object".</summary>
    public static string Name(SceneObject item) => new ObjectPhrase(null, item.Color, item.Shape).Singular;

    /// <summary>Whether the phrase is true of an object.</summary>
    public bool Matches(SceneObject item) =>
        (Size is null || Size == item.Size)
            && (Color is null || Color == item.Color)
            && (Shape is null || Shape == item.Shape)
            && (Cell is null || Cell == item.Cell);

    /// <summary>Of how many objects of a scene the phrase is true.</summary>
    public int CountIn(Scene scene)
    {
        int count = 0;
        foreach (SceneObject item in scene.Objects)
            count += Matches(item) ? 1 : 0;
        return count;
    }

    /// <summary>
    /// A phrase true of this object and of no other in the scene, drawn from those that keep one
    /// part unsaid; null when there is none.
    /// </summary>
    public static ObjectPhrase? Unique(ref KeyedRandom random, Scene scene, SceneObject item, PhrasePart unsaid)
    {
        Span<ObjectPhrase> unique = stackalloc ObjectPhrase[9];
        int count = 0;
        for (int parts = 1; parts < 8; parts++)
        {
            var phrase = new ObjectPhrase(
                (parts & 1) != 0 ? item.Size : null,
                (parts & 2) != 0 ? item.Color : null,
                (parts & 4) != 0 ? item.Shape : null);
            bool saysTooMuch = unsaid switch
            {
                PhrasePart.Size => phrase.Size is not null,
                PhrasePart.Color => phrase.Color is not null,
                PhrasePart.Shape => phrase.Shape is not null,
                _ => false,
            };
            if (!saysTooMuch && phrase.CountIn(scene) == 1)
                unique[count++] = phrase;
        }

        if (unsaid != PhrasePart.Cell)
            unique[count++] = new ObjectPhrase(Cell: item.Cell);
        return count == 0 ? null : unique[random.Next(count)];
    }
}
