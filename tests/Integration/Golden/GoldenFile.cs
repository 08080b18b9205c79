namespace VisualChat.Integration.Tests.Golden;

/// <summary>
/// A text in <c>Golden/Data</c> that the program's output is compared with, byte for byte.
/// A change of these files is a change that users see: shards that no longer continue, fingerprints
/// that no longer match. To renew them all, run
/// <c>VISUALCHAT_RENEW_GOLDEN=1 dotnet test tests/Integration -c Release --filter Golden</c>
/// and read the difference before it is committed.
/// </summary>
internal static class GoldenFile
{
    private static readonly bool IsRenewing = Environment.GetEnvironmentVariable("VISUALCHAT_RENEW_GOLDEN") == "1";

    /// <summary>
    /// Asserts that a text is the golden one; writes it instead when the files are renewed.
    /// </summary>
    public static void ShouldHold(string name, string text)
    {
        string path = PathOf(name);
        if (IsRenewing)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }

        File.Exists(path).Should().BeTrue("'{0}' is frozen", path);
        string[] expected = File.ReadAllText(path).Split('\n');
        text.Split('\n').Should().Equal(expected, "'{0}' is frozen; GoldenFile says how to renew it", name);
    }

    /// <summary>Asserts that lines are the golden ones.</summary>
    public static void ShouldHold(string name, IEnumerable<string> lines) =>
        ShouldHold(name, string.Concat(lines.Select(line => $"{line}\n")));

    /// <summary>Asserts that numbers are the golden ones within a relative tolerance.</summary>
    public static void ShouldHold(string name, IReadOnlyList<double> numbers, double tolerance)
    {
        if (IsRenewing)
            ShouldHold(name, numbers.Select(number => number.ToString("R")));

        double[] expected = [.. File.ReadLines(PathOf(name)).Select(double.Parse)];
        numbers.Should().HaveCount(expected.Length);
        for (int index = 0; index < expected.Length; index++)
        {
            // Written so that NaN fails.
            bool isClose = Math.Abs(numbers[index] - expected[index]) <= tolerance * Math.Abs(expected[index]);
            isClose.Should().BeTrue(
                "number {0} is {1}, and {2} in '{3}'", index, numbers[index], expected[index], name);
        }
    }

    private static string PathOf(string name) => RepositoryFolder.File($"tests/Integration/Golden/Data/{name}");
}
