using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Parquet;
using ColumnType = Parquet.Meta.Type;

namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>
/// Which columns of a Parquet file hold images and their ids. Found by their names alone: where
/// none or several could be meant, the file is refused with the names of its columns.
/// </summary>
/// <param name="Ids">The ids: text, bytes or whole numbers.</param>
/// <param name="Images">The images.</param>
/// <param name="Paths">
/// Where the file of an image without bytes lies, in Hugging Face's struct; null: there is no such
/// column.
/// </param>
/// <param name="IsBase64">Whether the images are base64 and not their own bytes.</param>
internal sealed record ParquetImageColumns(
    ParquetColumn Ids, ParquetColumn Images, ParquetColumn? Paths, bool IsBase64)
{
    private const string Base64 = "base64";
    private const string BytesOfStruct = ".bytes";
    private const string PathOfStruct = ".path";

    // As pandas names an index without a name of its own.
    private const string PandasIndex = "__index_level_0__";

    private static readonly string[] ImageNames = ["image", "bytes", "image_bytes", "img", "jpg", "jpeg", "png"];

    private static readonly string[] IdNames =
    [
        "id", "image_id", "img_id", "key", "image_key", "__key__", "name", "image_name", "filename", "file_name",
    ];

    /// <exception cref="WorkException">It cannot be told which columns are meant.</exception>
    public static ParquetImageColumns Find(string path, IReadOnlyList<ParquetColumn> all)
    {
        ParquetColumn[] columns = [.. all.Where(column => !column.IsRepeated)];
        ParquetColumn images = FindImages(path, columns);
        string? paths = images.Name.EndsWith(BytesOfStruct, StringComparison.Ordinal)
            ? images.Name[..^BytesOfStruct.Length] + PathOfStruct
            : null;
        ParquetColumn? pathColumn = Array.Find(columns, column => column.Name == paths && IsBytes(column));
        bool isBase64 = images.Name == Base64 || (paths is null && images.IsText);
        return new ParquetImageColumns(FindIds(path, columns, images, pathColumn), images, pathColumn, isBase64);
    }

    private static ParquetColumn FindImages(string path, ParquetColumn[] columns)
    {
        if (Array.Find(columns, column => column.Name == Base64 && IsBytes(column)) is { } base64)
            return base64;
        ParquetColumn[] found = [.. columns.Where(column => IsBytes(column) && IsNamedAsImage(column.Name))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new WorkException(
                $"{path}: no column '{Base64}', no struct with 'bytes' and no column of bytes named "
                + $"{Listed(ImageNames)}. Its columns are {Listed(columns)}. Name the right file in the recipe's "
                + "'images', or rename the column of the images."),
            _ => throw new WorkException(
                $"{path}: the images could be in {Listed(found)}. Keep one of these columns, or rename the others."),
        };
    }

    private static ParquetColumn FindIds(
        string path, ParquetColumn[] columns, ParquetColumn images, ParquetColumn? paths)
    {
        if (Array.Find(columns, column => column.Name == PandasIndex && IsId(column)) is { } index)
            return index;
        ParquetColumn[] found =
            [.. columns.Where(column => column != images && IdNames.Contains(column.Name) && IsId(column))];
        return found.Length switch
        {
            1 => found[0],
            0 => paths ?? throw new WorkException(
                $"{path}: no column of image ids: pandas' index, or a column named {Listed(IdNames)}. "
                + $"Its columns are {Listed(columns)}. Rename the column of the ids."),
            _ => throw new WorkException(
                $"{path}: the ids could be in {Listed(found)}. Keep one of these columns, or rename the others."),
        };
    }

    private static bool IsNamedAsImage(string name) =>
        ImageNames.Contains(name)
        || (name.EndsWith(BytesOfStruct, StringComparison.Ordinal) && name.IndexOf('.') == name.LastIndexOf('.'));

    private static bool IsBytes(ParquetColumn column) => column.Type == ColumnType.BYTE_ARRAY;

    private static bool IsId(ParquetColumn column) =>
        column.Type is ColumnType.BYTE_ARRAY or ColumnType.INT32 or ColumnType.INT64;

    private static string Listed(IEnumerable<ParquetColumn> columns) => Listed(columns.Select(column => column.Name));

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Select(name => $"'{name}'"));
}
