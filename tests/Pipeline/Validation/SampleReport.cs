using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Tests.Validation;

/// <summary>A report of one dataset and one problem, for tests of how reports are shown.</summary>
internal static class SampleReport
{
    public static readonly ValidationReport Wrong = new(
        "r.yaml",
        "/data",
        ["it's wrong"],
        [
            new SourceReport(
                "[llava]",
                RecordsRead: 23_240,
                RecordsUsable: 23_237,
                Conversations: 23_237,
                Images: 23_237,
                RecordsMissingImages: 2,
                [
                    new RejectSummary(RejectReason.ImageMissing, 2, ["a.json[3]: b.jpg is not there"]),
                    new RejectSummary(RejectReason.OddRounds, 1, ["a.json[9]: the last question has no answer"]),
                ],
                new ImageSpotCheck(64, 1, ["c.jpg: the JPEG ends inside a segment"]),
                [new MendSummary("marks-moved", 7, "a.json[5]")]),
        ]);
}
