namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// One object of a scene: the facts that questions are about, and how far it stands off its cell's
/// middle.
/// </summary>
/// <param name="Shape">What it is.</param>
/// <param name="Color">Its color.</param>
/// <param name="Size">Its size.</param>
/// <param name="Column">Column of the grid, 0 at the left.</param>
/// <param name="Row">Row of the grid, 0 at the top.</param>
/// <param name="ShiftX">
/// Hundredths of a cell to the right of the cell's middle, in [-10, 10]: too little to change what
/// is left of what.
/// </param>
/// <param name="ShiftY">Hundredths of a cell below the cell's middle, in [-10, 10].</param>
internal readonly record struct SceneObject(
    Shape Shape, ObjectColor Color, ObjectSize Size, int Column, int Row, int ShiftX, int ShiftY)
{
    /// <summary>The cell's number in reading order.</summary>
    public int Cell => Row * Scene.GridSide + Column;

    /// <summary>
    /// Whether the two have the color and the shape in common, and so the same short name.
    /// </summary>
    public bool SharesName(SceneObject other) => Shape == other.Shape && Color == other.Color;

    /// <summary>The object in another cell.</summary>
    public SceneObject At(int cell) => this with { Column = cell % Scene.GridSide, Row = cell / Scene.GridSide };
}
