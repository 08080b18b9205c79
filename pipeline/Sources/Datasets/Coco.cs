using System.Text.RegularExpressions;

namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>
/// The COCO photographs that several datasets share. A photograph has one number in all releases:
/// those of 2014 write it as <c>COCO_train2014_000000069568.jpg</c>, those of 2017 without the
/// front, and annotations with more or fewer zeros.
/// </summary>
internal static partial class Coco
{
    public const string Train2017 = "coco/train2017";

    /// <summary>Training and validation images of 2014, in one folder.</summary>
    public const string Images2014 = "coco/2014";

    public const string From = "https://cocodataset.org/#download";

    private const int Digits = 12;

    private static readonly string[] Splits = ["train2017", "val2017", "train2014", "val2014"];

    /// <summary>
    /// The other names that a photograph may have: beside the first one, or in a folder of its
    /// split below. Its number decides, so none of them is another photograph.
    /// </summary>
    public static IEnumerable<string> OtherNamesOf(string file)
    {
        int name = file.LastIndexOf('/') + 1;
        Match match = FileName().Match(file, name);
        string number = match.Groups[1].Value.TrimStart('0');
        if (!match.Success || number.Length is 0 or > Digits)
            yield break;
        number = number.PadLeft(Digits, '0');
        string folder = file[..name];
        string plain = $"{folder}{number}.jpg";
        if (plain != file)
            yield return plain;
        foreach (string split in Splits)
        {
            yield return $"{folder}COCO_{split}_{number}.jpg";
            yield return $"{folder}{split}/COCO_{split}_{number}.jpg";
            yield return $"{folder}{split}/{number}.jpg";
        }
    }

    [GeneratedRegex(@"\G(?:COCO_[a-z]+[0-9]{4}_)?([0-9]+)(?:\.jpe?g)?$", RegexOptions.IgnoreCase)]
    private static partial Regex FileName();
}
