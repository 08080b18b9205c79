using System.Text;
using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// A picture as a record of facts: a few objects on a grid of 3 by 3 cells. Every question and
/// answer is derived from it, and so is the drawing. The grid covers the picture's central square,
/// because a vision model's crop keeps only that.
/// </summary>
internal sealed class Scene
{
    /// <summary>Columns, and rows, of the grid.</summary>
    public const int GridSide = 3;

    /// <summary>Cells of the grid.</summary>
    public const int Cells = GridSide * GridSide;

    /// <summary>Makes a scene.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="backdrop">The background.</param>
    /// <param name="objects">The objects, in any order, at most one a cell.</param>
    public Scene(int width, int height, Backdrop backdrop, IEnumerable<SceneObject> objects)
    {
        Width = width;
        Height = height;
        Backdrop = backdrop;
        Objects = [.. objects.OrderBy(item => item.Cell)];
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The background.</summary>
    public Backdrop Backdrop { get; }

    /// <summary>The objects in reading order.</summary>
    public IReadOnlyList<SceneObject> Objects { get; }

    /// <summary>
    /// Whether the scene may be asked about only in the held-out questions. A tenth of all possible
    /// arrangements of objects are held out, by a hash of the facts alone: whatever the seed, no
    /// arrangement is seen in training and asked about in evaluation.
    /// </summary>
    public bool IsHeldOut
    {
        get
        {
            var facts = new StringBuilder();
            foreach (SceneObject item in Objects)
                facts.Append(item.Cell).Append(item.Size).Append(item.Color).Append(item.Shape).Append(' ');
            return new KeyedRandom(0, "scene", 0, facts.ToString()).Next(10) == 0;
        }
    }

    /// <summary>The scene with other objects.</summary>
    public Scene With(IEnumerable<SceneObject> objects) => new(Width, Height, Backdrop, objects);

    /// <summary>Whether a cell is free.</summary>
    public bool IsFree(int cell) => Objects.All(item => item.Cell != cell);
}
