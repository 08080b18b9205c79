using System.Numerics;

namespace VisualChat.Tests;

/// <summary>
/// Comparisons of number lists. <c>Zip</c> stops at the shorter list and <c>Max</c> passes over
/// NaN: here both lists have one length and only finite numbers, or the test fails.
/// </summary>
internal static class NumberAssertions
{
    /// <summary>The absolute differences, place by place.</summary>
    public static double[] DifferencesFrom<T>(this IReadOnlyList<T> actual, IReadOnlyList<T> expected)
        where T : INumber<T>
    {
        actual.Count.Should().Be(expected.Count, "both lists have one length");
        actual.ShouldBeFinite();
        expected.ShouldBeFinite();
        return [.. actual.Zip(expected, Difference)];

        static double Difference(T one, T other) => Math.Abs(double.CreateChecked(one) - double.CreateChecked(other));
    }

    /// <summary>
    /// Asserts that no number differs from its counterpart by more than a tolerance.
    /// </summary>
    public static void ShouldBeWithin<T>(this IReadOnlyList<T> actual, double tolerance, IReadOnlyList<T> expected)
        where T : INumber<T>
    {
        double[] differences = actual.DifferencesFrom(expected);
        for (int index = 0; index < differences.Length; index++)
        {
            differences[index].Should().BeLessThanOrEqualTo(
                tolerance, "number {0} is {1} and should be {2}", index, actual[index], expected[index]);
        }
    }

    /// <summary>Asserts that no number is NaN or infinite.</summary>
    public static void ShouldBeFinite<T>(this IReadOnlyList<T> numbers)
        where T : INumber<T>
    {
        for (int index = 0; index < numbers.Count; index++)
        {
            if (!T.IsFinite(numbers[index]))
                Assert.Fail($"number {index} is {numbers[index]}");
        }
    }
}
