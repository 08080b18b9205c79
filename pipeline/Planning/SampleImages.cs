using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>Which images a planned sample shows, by the rules of <see cref="PartRole"/>.</summary>
public static class SampleImages
{
    /// <summary>Ids of the images shown, in order; an image that two conversations of a group show is there twice.</summary>
    public static List<int> Of(ReadOnlySpan<PlannedPart> parts, SourceCatalog catalog)
    {
        var shown = new List<int>();
        int conversationStart = 0;
        foreach (PlannedPart part in parts)
        {
            if (part.Role == PartRole.FollowUp)
                continue;
            ReadOnlySpan<int> images = catalog.Datasets[part.Source].ImagesOf(part.Record);
            if (part.Role == PartRole.Begins)
            {
                conversationStart = shown.Count;
                foreach (int image in images)
                    shown.Add(image);
                continue;
            }

            foreach (int image in images)
            {
                if (shown.IndexOf(image, conversationStart) < 0)
                    shown.Add(image);
            }
        }

        return shown;
    }
}
