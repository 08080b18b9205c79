namespace VisualChat.Pipeline.Tests.Recipes;

/// <summary>
/// Plain scalars as YAML 1.2's core schema reads them, seen through a text key and a number key.
/// </summary>
public sealed class YamlScalarTests
{
    [Theory]
    [InlineData("no")]
    [InlineData("yes")]
    [InlineData("1_000")]
    [InlineData("0b11")]
    [InlineData("2024-01-01")]
    [InlineData("12:30")]
    public void What_only_YAML_1_1_takes_for_something_else_is_text(string scalar) =>
        RecipeText.Parse($"name: {scalar}\ntokenizer: t\ndata: {{ sources: [{{ name: llava }}] }}\n", "/r", [])
            .Name.Should()
            .Be(scalar);

    [Theory]
    [InlineData("10", 10)]
    [InlineData("+10", 10)]
    [InlineData("-010", -10)]
    [InlineData("0x1F", 31)]
    [InlineData("0o17", 15)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Whole_numbers_are_decimal_hexadecimal_or_octal(string scalar, long value) =>
        RecipeText.Parse($"name: x\nseed: {scalar}\ntokenizer: t\ndata: {{ sources: [{{ name: llava }}] }}\n", "/r", [])
            .Seed.Should()
            .Be(value);

    [Theory]
    [InlineData("1e-3", 0.001)]
    [InlineData(".5", 0.5)]
    [InlineData("1.", 1.0)]
    [InlineData("2", 2.0)]
    public void Real_numbers_may_be_written_in_every_core_form(string scalar, double value) =>
        RecipeText.Parse(
            $"name: x\ntokenizer: t\ndata: {{ sources: [{{ name: llava }}] }}\ntraining: {{ learning_rate: " +
            $"{scalar} }}\n",
            "/r",
            [])
            .Training!.LearningRate.Should().Be(value);
}
