namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// The kinds of question that have one right short answer. The answer's canonical form stands
/// beside each.
/// </summary>
public enum ClosedKind
{
    /// <summary>What color is one object: <c>red</c>.</summary>
    Color,

    /// <summary>What shape is one object: <c>circle</c>.</summary>
    Shape,

    /// <summary>How many objects of a description: <c>3</c>.</summary>
    Count,

    /// <summary>Whether there is an object of a description: <c>yes</c>, <c>no</c>.</summary>
    Exists,

    /// <summary>
    /// Whether one object is left of, right of, above or below another: <c>yes</c>, <c>no</c>.
    /// </summary>
    Relation,

    /// <summary>Where one object is: <c>top left</c>.</summary>
    Position,

    /// <summary>Which object is farthest to one side: <c>red circle</c>.</summary>
    Extreme,

    /// <summary>Which object is between two others: <c>red circle</c>.</summary>
    Between,

    /// <summary>Whether one object is small or large: <c>small</c>, <c>large</c>.</summary>
    Size,

    /// <summary>
    /// Of which of two descriptions there are more objects: the one named, as <c>circles</c> or
    /// <c>red</c>.
    /// </summary>
    More,

    /// <summary>
    /// How many objects are left if those of a description are not counted: <c>2</c>.
    /// </summary>
    Remaining,

    /// <summary>
    /// Which of two images has more objects of a description: <c>image 1</c>, <c>image 2</c>,
    /// <c>same</c>.
    /// </summary>
    MoreInImage,

    /// <summary>
    /// What kind of change there is between two images: <c>color</c>, <c>size</c>, <c>position</c>,
    /// <c>appeared</c>, <c>disappeared</c>.
    /// </summary>
    Change,

    /// <summary>Which object changed: <c>red circle</c>.</summary>
    ChangedObject,

    /// <summary>How many objects several images have together: <c>7</c>.</summary>
    Total,

    /// <summary>Which object of a sequence moves: <c>red circle</c>.</summary>
    Mover,

    /// <summary>
    /// In which direction it moves: <c>left</c>, <c>right</c>, <c>up</c>, <c>down</c>.
    /// </summary>
    Direction,

    /// <summary>In which of several images something is or happens: <c>image 3</c>.</summary>
    WhichImage,
}
