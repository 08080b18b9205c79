using ColumnType = Parquet.Meta.Type;

namespace VisualChat.Pipeline.Parquet;

/// <summary>A column that holds values: a leaf of a file's schema.</summary>
/// <param name="Name">Its name; within structs <c>image.bytes</c>.</param>
/// <param name="Type">How its values lie in the file.</param>
/// <param name="Levels">
/// How many of the leaf and the structs around it may be null: the definition level of a value.
/// </param>
/// <param name="IsRepeated">Whether it lies in a list or a map.</param>
/// <param name="IsText">Whether the file says that its bytes are UTF-8.</param>
internal sealed record ParquetColumn(string Name, ColumnType Type, int Levels, bool IsRepeated, bool IsText);
