namespace VisualChat.Pipeline.Sources.Datasets;

/// <summary>The COCO photographs that several datasets share.</summary>
internal static class Coco
{
    public const string Train2017 = "coco/train2017";

    /// <summary>Training and validation images of 2014, in one folder.</summary>
    public const string Images2014 = "coco/2014";

    public const string From = "https://cocodataset.org/#download";
}
