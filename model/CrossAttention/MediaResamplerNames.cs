namespace VisualChat.Model.CrossAttention;

/// <summary>The names of resamplers, as recipes and configurations write them.</summary>
public static class MediaResamplerNames
{
    /// <summary><c>none</c> or <c>perceiver</c>.</summary>
    public static string Name(this MediaResampler resampler) =>
        resampler == MediaResampler.None ? "none" : "perceiver";
}
