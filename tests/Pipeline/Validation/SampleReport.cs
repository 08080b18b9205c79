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
                [KeyValuePair.Create("image-missing", 2), KeyValuePair.Create("odd-rounds", 1)]),
        ]);
}
