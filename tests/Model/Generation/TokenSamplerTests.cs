using VisualChat.Model.Errors;
using VisualChat.Model.Generation;

namespace VisualChat.Model.Tests.Generation;

/// <summary>
/// Over a vocabulary of five, whose probabilities are 0.1, 0.4, 0.05, 0.25 and 0.2.
/// </summary>
public sealed class TokenSamplerTests
{
    private static readonly double[] Probabilities = [0.1, 0.4, 0.05, 0.25, 0.2];

    private static readonly float[] Logits =
        [.. Probabilities.Select(probability => (float)Math.Log(probability) + 3)];

    [Fact]
    public void Without_a_temperature_the_likeliest_token_is_chosen_and_the_first_of_equals()
    {
        Choose(new SamplingSettings(), Logits).Should().Be(1);
        Choose(new SamplingSettings(), [0, 2, 1, 2]).Should().Be(1);
    }

    [Theory]
    [InlineData(1, 0, 1, "0.1 0.4 0.05 0.25 0.2")]
    // Probabilities to the power of 2, over their sum 0.275; to the power of 0.5, over 2.1198.
    [InlineData(0.5, 0, 1, "0.0364 0.5818 0.0091 0.2273 0.1455")]
    [InlineData(2, 0, 1, "0.1492 0.2983 0.1055 0.2359 0.2110")]
    [InlineData(1, 2, 1, "0 0.6154 0 0.3846 0")]
    [InlineData(1, 1, 1, "0 1 0 0 0")]
    [InlineData(1, 9, 1, "0.1 0.4 0.05 0.25 0.2")]
    // The likeliest until they reach it: 0.4; 0.65; 0.85; 0.95.
    [InlineData(1, 0, 0.3, "0 1 0 0 0")]
    [InlineData(1, 0, 0.5, "0 0.6154 0 0.3846 0")]
    [InlineData(1, 0, 0.84, "0 0.4706 0 0.2941 0.2353")]
    [InlineData(1, 0, 0.86, "0.1053 0.4211 0 0.2632 0.2105")]
    // Top-k first: of 0.4 and 0.25, 0.4 alone has 0.615 of what is left.
    [InlineData(1, 2, 0.6, "0 1 0 0 0")]
    [InlineData(1, 3, 0.6, "0 0.6154 0 0.3846 0")]
    // The temperature before top-p: 0.5818 alone reaches 0.5.
    [InlineData(0.5, 0, 0.5, "0 1 0 0 0")]
    public void The_choices_follow_the_distribution_that_the_settings_leave(
        double temperature, int topK, double topP, string distribution)
    {
        const int Draws = 20_000;
        double[] expected = [.. distribution.Split(' ').Select(double.Parse)];
        var settings = new SamplingSettings { Temperature = temperature, TopK = topK, TopP = topP, Seed = 1 };
        var sampler = new TokenSampler(settings, []);
        int[] counts = new int[5];
        for (int ordinal = 0; ordinal < Draws; ordinal++)
            counts[sampler.Choose(Logits, [], ordinal)]++;

        for (int id = 0; id < 5; id++)
        {
            if (expected[id] is 0 or 1)
                counts[id].Should().Be((int)(expected[id] * Draws));
            else
                // Four standard deviations of a share over 20,000 draws.
                (counts[id] / (double)Draws).Should().BeApproximately(expected[id], 0.014);
        }
    }

    [Fact]
    public void Tokens_as_likely_as_the_last_of_top_k_stay_too()
    {
        var sampler = new TokenSampler(new SamplingSettings { Temperature = 1, TopK = 2 }, []);
        int[] choices = [.. Enumerable.Range(0, 200).Select(ordinal => sampler.Choose([1, 2, 1, 0], [], ordinal))];
        choices.Distinct().Order().Should().Equal(0, 1, 2);
    }

    [Fact]
    public void The_repetition_penalty_divides_positive_and_multiplies_negative_logits_once()
    {
        var settings = new SamplingSettings { RepetitionPenalty = 2 };
        // 3 becomes 1.5, twice seen or not.
        Choose(settings, [3, 1.6f, 1], [0, 0]).Should().Be(1);
        Choose(settings, [3, 1.4f, 1], [0, 0]).Should().Be(0);
        // -1 becomes -2.
        Choose(settings, [-1, -1.9f, -5], [0]).Should().Be(1);
        Choose(settings, [-1, -2.1f, -5], [0]).Should().Be(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Excluded_ids_are_never_chosen(double temperature)
    {
        var sampler = new TokenSampler(new SamplingSettings { Temperature = temperature }, [1, 3]);
        Enumerable.Range(0, 200).Select(ordinal => sampler.Choose(Logits, [], ordinal)).Should().NotContain([1, 3]);
    }

    [Fact]
    public void A_choice_depends_on_the_seed_and_the_ordinal_alone()
    {
        int[] Choices(long seed, IEnumerable<int> ordinals)
        {
            var sampler = new TokenSampler(new SamplingSettings { Temperature = 1, Seed = seed }, []);
            return [.. ordinals.Select(ordinal => sampler.Choose(Logits, [], ordinal))];
        }

        int[] choices = Choices(7, Enumerable.Range(0, 100));
        Choices(7, Enumerable.Range(0, 100).Reverse()).Reverse().Should().Equal(choices);
        Choices(8, Enumerable.Range(0, 100)).Should().NotEqual(choices);
    }

    [Fact]
    public void Any_temperature_above_zero_can_be_computed_with()
    {
        Choose(new SamplingSettings { Temperature = 1e-300 }, Logits).Should().Be(1);
        Choose(new SamplingSettings { Temperature = 1e300, TopP = 0.1 }, Logits).Should().BeInRange(0, 4);
    }

    [Fact]
    public void Logits_that_are_NaN_are_refused()
    {
        Action act = () => Choose(new SamplingSettings(), [1, float.NaN]);
        act.Should().Throw<ModelException>().WithMessage("The model's logits are not finite (NaN)*");
    }

    [Fact]
    public void Settings_that_cannot_be_followed_are_refused_together()
    {
        var settings = new SamplingSettings
        {
            Temperature = -1,
            TopK = -2,
            TopP = 0,
            RepetitionPenalty = double.NaN,
            MaxNewTokens = 0,
        };
        Action act = () => _ = new TokenSampler(settings, []);
        act.Should().Throw<ModelException>().Which.Problems.Should().Equal(
            "The temperature is -1; it must be 0 or more.",
            "Top-k is -2; it must be 0 (all) or more.",
            "Top-p is 0; it must be above 0 and at most 1.",
            "The repetition penalty is NaN; it must be above 0.",
            "At most 0 new tokens are asked for; it must be at least 1.");
    }

    private static int Choose(SamplingSettings settings, float[] logits, params int[] seen) =>
        new TokenSampler(settings, []).Choose(logits, seen, 0);
}
