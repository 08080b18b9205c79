namespace VisualChat.Integration.Tests.Browsing;

/// <summary>A test that drives a browser.</summary>
public sealed class ChromiumFactAttribute : FactAttribute
{
    /// <summary>Skipped without Chromium.</summary>
    public ChromiumFactAttribute() => Skip = RequiredTools.SkipUnless(
        Chromium.Program is not null, "Chromium (Debian: apt-get install chromium)");
}
