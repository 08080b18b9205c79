using VisualChat.Pipeline.Comparing;

namespace VisualChat.Pipeline.Tests.Comparing;

public sealed class VariedKeyTests
{
    [Theory]
    [InlineData("model.attention=mmca,causal", "mmca", "causal")]
    [InlineData("training.batch= 8 , 16", "8", "16")]
    [InlineData("training.batch=8", "8")]
    [InlineData("model.trainable=[projection],[projection, embeddings]", "[projection]", "[projection, embeddings]")]
    [InlineData("model.vision={ a: 1, b: 2 },towers/v", "{ a: 1, b: 2 }", "towers/v")]
    [InlineData("model.vision=\"a,b\",'c,[d'", "\"a,b\"", "'c,[d'")]
    public void Values_are_separated_by_commas_outside_brackets_and_quotes(string given, params string[] values)
    {
        List<string> problems = [];

        VariedKey.Read(given, problems)!.Values.Should().Equal(values);

        problems.Should().BeEmpty();
    }

    [Theory]
    [InlineData("model.attention", "--vary model.attention: write KEY=VALUE,VALUE,*")]
    [InlineData("=1,2", "--vary =1,2: write KEY=VALUE,VALUE,*")]
    [InlineData("training.batch=8,,4", "--vary training.batch=8,,4: a value is empty;*")]
    [InlineData("training.batch=", "--vary training.batch=: a value is empty;*")]
    [InlineData("training.batch=8,8", "--vary training.batch=8,8: a value is there twice")]
    public void What_is_no_key_with_values_is_refused(string given, string problem)
    {
        List<string> problems = [];

        VariedKey.Read(given, problems).Should().BeNull();

        problems.Should().ContainSingle().Which.Should().Match(problem);
    }
}
