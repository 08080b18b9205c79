namespace VisualChat.Integration.Tests;

/// <summary>
/// Tools beyond the .NET SDK that some tests need. Without them those tests are skipped, unless
/// <c>VISUALCHAT_TEST_TOOLS=required</c>, as in CI, where they fail.
/// </summary>
internal static class RequiredTools
{
    /// <summary>Why a test is skipped; null if it is to run.</summary>
    /// <param name="isThere">Whether its tool is there.</param>
    /// <param name="what">What would have to be there.</param>
    public static string? SkipUnless(bool isThere, string what) =>
        isThere || Environment.GetEnvironmentVariable("VISUALCHAT_TEST_TOOLS") == "required"
            ? null
            : $"needs {what}";
}
