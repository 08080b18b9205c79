using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Planning;

/// <summary>Which images a planned sample shows, by the rules of <see cref="PartRole"/>.</summary>
internal static class SampleImages
{
    /// <summary>
    /// Ids of the images shown, in order. An image that two conversations of a group show is listed
    /// twice.
    /// </summary>
    public static List<int> Of(ReadOnlySpan<PlannedPart> parts, SourceCatalog catalog)
    {
        var shown = new List<int>();
        int conversationStart = 0;
        foreach (PlannedPart part in parts)
        {
            if (part.Role == PartRole.FollowUp)
                continue;
            ReadOnlySpan<int> images = catalog.Datasets[part.Dataset].ImagesOf(part.Record);
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

    /// <summary>Every image that the sample's records name, shown or not.</summary>
    public static HashSet<int> NamedBy(ReadOnlySpan<PlannedPart> parts, SourceCatalog catalog)
    {
        var images = new HashSet<int>();
        foreach (PlannedPart part in parts)
        {
            foreach (int image in catalog.Datasets[part.Dataset].ImagesOf(part.Record))
                images.Add(image);
        }

        return images;
    }
}
