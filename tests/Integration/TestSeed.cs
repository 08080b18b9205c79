using Xunit.Abstractions;

namespace VisualChat.Integration.Tests;

/// <summary>The seed of a test that kills processes at random.</summary>
internal static class TestSeed
{
    private const string Variable = "VISUALCHAT_TEST_SEED";

    /// <summary>
    /// Another seed in every run, printed with the test's output. With <c>VISUALCHAT_TEST_SEED</c>
    /// it is that one, so that a failure can be repeated as far as the machine's own pace lets it.
    /// </summary>
    public static long Draw(ITestOutputHelper output)
    {
        string? given = Environment.GetEnvironmentVariable(Variable);
        long seed = given is null ? Environment.TickCount64 : long.Parse(given);
        output.WriteLine($"{Variable}={seed}");
        return seed;
    }
}
