using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>
/// Whatever happens to a file: an error that names line and byte, or an index that accounts for
/// every record.
/// </summary>
public sealed partial class BrokenFileTests
{
    private static readonly byte[][] Pieces =
        [.. new[] { "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "true", "3", "\"x\"", "\\u0000", "\\ud800", "\n",
            "<image>", "{}", "[]", "\u00ff" }.Select(Encoding.Latin1.GetBytes)];

    private static readonly Gen<(int Kind, double Place, double Length, int Value)> OneChange =
        Gen.Select(Gen.Int[0, 5], Gen.Double[0, 1], Gen.Double[0, 1], Gen.Int[0, 255]);

    [Fact]
    public void Annotation_files_end_in_a_placed_error_or_in_a_complete_index()
    {
        using DataRoot root = new DataRoot().WithPhotos("a.jpg", "b.jpg", "5.jpg");
        (int errors, int loads) = (0, 0);
        Gen.Select(Gen.Int[0, SourceExample.All.Count - 1], OneChange.Array[1, 3]).Sample(
            (format, changes) =>
            {
                SourceExample example = SourceExample.All[format];
                byte[] file = Encoding.UTF8.GetBytes(example.FileOf(Enumerable.Repeat(example.Record, 3)));
                foreach (var change in changes)
                    file = Change(file, change);
                _ = root.Write("data.json", file);
                try
                {
                    DatasetIndex index = root.Load(example.Entry).Datasets[0];
                    (index.RecordCount + index.Rejects.Count).Should().Be(index.RecordsRead);
                    index.ConversationRecords.Distinct().Count().Should().Be(index.RecordCount);
                    Enumerable.Range(0, index.RecordCount).Select(index.Reader.LabelOf)
                        .Concat(index.Rejects.Select(reject => reject.Record))
                        .Distinct().Count().Should().Be(index.RecordsRead);
                    for (int record = 0; record < index.RecordCount; record++)
                        index.Reader.Read(record, 7).Sum(round => round.Images.Count)
                            .Should().Be(index.ImagesOf(record).Length);
                    loads++;
                }
                catch (WorkException exception)
                {
                    Place().IsMatch(exception.Message).Should().BeTrue(exception.Message);
                    errors++;
                }
            },
            iter: 1500, threads: 1, seed: "0000KOIPe953");
        errors.Should().BePositive();
        loads.Should().BePositive();
    }

    [Fact]
    public void Image_files_end_in_a_placed_error_or_in_images_that_read_or_are_rejected()
    {
        using DataRoot root = new();
        _ = root.Write("data.json",
            """{"data": {"I1": {"instruction": "Q?", "answer": "A.", "image_ids": ["a"]},"""
            + """ "I2": {"instruction": "Q?", "answer": "A.", "image_ids": ["b"]}}}""");
        byte[] sound = Encoding.UTF8.GetBytes(
            """{"a": "aGVsbG8\/", "b": "data:image/png;base64,AQID", "c": [1, {"x": null}]}""");
        (int errors, int loads) = (0, 0);
        OneChange.Array[1, 3].Sample(
            changes =>
            {
                byte[] file = sound;
                foreach (var change in changes)
                    file = Change(file, change);
                _ = root.Write("images.json", file);
                try
                {
                    SourceCatalog catalog = root.Load(DataRoot.Entry("mimic-it", images: "images.json"));
                    for (int image = 0; image < catalog.Images.Count; image++)
                    {
                        try
                        {
                            catalog.Images.Read(image).Length.Should().BePositive();
                        }
                        catch (RecordRejectedException)
                        {
                            // The image is damaged, and says so.
                        }
                    }

                    (catalog["mine"].RecordCount + catalog["mine"].Rejects.Count).Should().Be(2);
                    loads++;
                }
                catch (WorkException exception)
                {
                    Place().IsMatch(exception.Message).Should().BeTrue(exception.Message);
                    errors++;
                }
            },
            iter: 1000, threads: 1, seed: "0000KOIPe953");
        errors.Should().BePositive();
        loads.Should().BePositive();
    }

    [GeneratedRegex(@"(data|images)\.json: line \d+, byte \d+: ")]
    private static partial Regex Place();

    private static byte[] Change(byte[] file, (int Kind, double Place, double Length, int Value) change)
    {
        int at = (int)(change.Place * file.Length);
        int length = Math.Min(file.Length - at, (int)(change.Length * 40));
        switch (change.Kind)
        {
            case 0 when at < file.Length:
                byte[] flipped = [.. file];
                flipped[at] ^= (byte)(1 << (change.Value % 8));
                return flipped;
            case 1:
                return file[..at];
            case 2:
                return [.. file[..at], .. file[(at + length)..]];
            case 3:
                return [.. file[..(at + length)], .. file[at..]];
            default:
                return [.. file[..at], .. Pieces[change.Value % Pieces.Length], .. file[at..]];
        }
    }
}
