using System.Buffers;
using System.Text.Json;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Pages;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;

namespace VisualChat.Pipeline.Inspection;

/// <summary>
/// Samples as one HTML page that needs nothing else (<see cref="SelfContainedPage"/>): the pictures
/// are inside it too. Dataset text is data throughout.
/// </summary>
internal sealed class SamplePage
{
    private const int JpegQuality = 85;

    private readonly ImageFrame _frame;
    private readonly List<string> _pictures = [];
    private readonly Dictionary<string, (int Picture, string? Problem)> _pictureOfPath = [];

    private SamplePage(ImageFrame frame) => _frame = frame;

    /// <summary>Writes a page.</summary>
    /// <param name="output">Receives UTF-8.</param>
    /// <param name="title">What the page is called.</param>
    /// <param name="split">The samples' split.</param>
    /// <param name="total">Samples in that split.</param>
    /// <param name="rows">
    /// The samples to show, each with its number in the split. A picture that many show is in the
    /// page once.
    /// </param>
    /// <param name="frame">What the model sees of an image.</param>
    /// <param name="ct">Stops it.</param>
    /// <returns>How many samples were written.</returns>
    public static async Task<int> WriteAsync(
        Stream output,
        string title,
        string split,
        int total,
        IAsyncEnumerable<(int Index, SampleRow Row)> rows,
        ImageFrame frame,
        CancellationToken ct)
    {
        var page = new SamplePage(frame);
        (ReadOnlyMemory<byte> data, int count) = await page.DataAsync(split, total, rows, ct);
        SelfContainedPage.Write(output, "inspection", title, data.Span);
        return count;
    }

    // The writer's default encoder also escapes <, >, & and quotes, which JSON alone would not ask
    // for.
    private async Task<(ReadOnlyMemory<byte> Data, int Count)> DataAsync(
        string split, int total, IAsyncEnumerable<(int Index, SampleRow Row)> rows, CancellationToken ct)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        var sources = new SortedSet<string>(StringComparer.Ordinal);
        int count = 0;
        json.WriteStartObject();
        json.WriteString("split", split);
        json.WriteNumber("total", total);
        json.WriteStartArray("samples");
        await foreach ((int index, SampleRow row) in rows.WithCancellation(ct))
        {
            sources.UnionWith(row.Sources);
            sources.UnionWith(row.Rounds.Select(round => round.Source));
            Write(json, index, row);
            count++;
        }

        json.WriteEndArray();
        WriteStrings(json, "sources", sources);
        WriteStrings(json, "images", _pictures);
        json.WriteEndObject();
        json.Flush();
        return (buffer.WrittenMemory, count);
    }

    private void Write(Utf8JsonWriter json, int index, SampleRow row)
    {
        json.WriteStartObject();
        json.WriteString("id", row.Id);
        json.WriteNumber("index", index);
        json.WriteString("dataset", row.Dataset);
        WriteStrings(json, "sources", row.Sources);
        json.WriteNumber("textTokens", row.TextTokens);
        json.WriteNumber("trainedTokens", row.Labels.Count(label => label >= 0));
        json.WriteNumber("sequenceTokens", row.SequenceTokens);
        json.WriteStartArray("images");
        foreach (RowImage image in row.Images)
        {
            (int picture, string? problem) = PictureOf(image);
            json.WriteStartObject();
            json.WriteString("path", image.Path);
            json.WriteNumber("picture", picture);
            if (problem is not null)
                json.WriteString("problem", problem);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        RowJson.WriteRounds(json, row.Rounds);
        json.WriteEndObject();
    }

    // Pictures are JPEG whatever the shard holds: a page of hundreds stays at some 15 kB a picture,
    // and browsers do not show PPM.
    private (int Picture, string? Problem) PictureOf(RowImage image)
    {
        if (_pictureOfPath.TryGetValue(image.Path, out (int Picture, string? Problem) known))
            return known;

        try
        {
            byte[] crop = StoredImage.ToRgb(image.Bytes.Span, _frame);
            byte[] jpeg = CropEncoder.ToJpeg(crop, _frame.Size, JpegQuality);
            _pictures.Add($"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}");
            known = (_pictures.Count - 1, null);
        }
        catch (UnusableImageException exception)
        {
            known = (-1, exception.Message);
        }

        _pictureOfPath[image.Path] = known;
        return known;
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
