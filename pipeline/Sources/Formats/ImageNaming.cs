namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>How a Sparkles dialogue speaks of its images.</summary>
internal enum ImageNaming
{
    /// <summary>image a, image b, ...</summary>
    SmallLetters,

    /// <summary>image A, image B, ...</summary>
    CapitalLetters,

    /// <summary>the first image, the second image, ...</summary>
    Ordinals,
}
